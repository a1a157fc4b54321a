import { expect, test } from 'vitest';
import { isTrainable } from '../../../src/core/settings/methods';
import { findingOf, many } from './rows-of';

test('written answers are kept, and until there is a method for them it is said that they cannot be trained', () => {
  const finding = findingOf('generation-later', many(12, 'a'), { task: 'generation' });
  expect(finding === undefined).toBe(isTrainable('generation'));
  expect(findingOf('generation-later', many(12, 'a'))).toBeUndefined();
});
