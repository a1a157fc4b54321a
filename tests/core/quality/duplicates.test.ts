import { expect, test } from 'vitest';
import { findingOf } from './rows-of';

const pairs = [
  ['x', 'a'],
  ['y', 'a'],
  ['x', 'a'],
  ['x', 'b'],
  ['x', 'a'],
] as const;

test('copies are counted without their first, in the words of the hosted services', () => {
  const found = findingOf('duplicates', pairs, { format: 'prompt-completion' });
  expect(found?.title).toBe('There are 2 duplicated prompt-completion sets');
  expect(found?.detail).toContain('These are rows: [3, 5]');
  expect(found?.examples[0]).toEqual({ line: 3, excerpt: 'x', reason: 'same as row 1' });
});

test('the same text under another label is no copy', () => {
  expect(findingOf('duplicates', pairs.slice(0, 2).concat([['x', 'b']]))).toBeUndefined();
});
