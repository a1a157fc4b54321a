import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('completions that are all the same are blocking', () => {
  expect(findingOf('identical-answers', many(12, 'a'), { task: 'generation' })?.severity).toBe('blocking');
  expect(findingOf('identical-answers', [...many(6, 'a'), ...many(6, 'b')], { task: 'generation' })).toBeUndefined();
});
