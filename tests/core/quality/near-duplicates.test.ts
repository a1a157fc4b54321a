import { expect, test } from 'vitest';
import { findingOf } from './rows-of';

test('texts that differ in case, punctuation and spaces are near copies, exact copies are not', () => {
  const found = findingOf('near-duplicates', [
    ['Hi there', 'a'],
    ['hi  there!', 'a'],
    ['Hi there', 'a'],
    ['hi you', 'a'],
  ]);
  expect(found?.lines).toEqual([2]);
  expect(found?.examples[0]?.reason).toBe('near copy of row 1');
});
