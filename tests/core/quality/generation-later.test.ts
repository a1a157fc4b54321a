import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('written answers are kept, and it is said that they cannot be trained yet', () => {
  expect(findingOf('generation-later', many(12, 'a'), { task: 'generation' })?.severity).toBe('warning');
  expect(findingOf('generation-later', many(12, 'a'))).toBeUndefined();
});
