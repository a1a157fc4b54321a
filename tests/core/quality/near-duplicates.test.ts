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

test('texts that differ in numbers are near copies where the label is not in the number', () => {
  const rows = (label: (i: number) => string): [string, string][] =>
    Array.from({ length: 20 }, (_, i) => [`It is ${i} degrees outside now`, label(i)]);
  const one = findingOf('near-duplicates', [...rows(() => 'weather'), ['where is my parcel', 'post']]);
  expect(one?.count).toBe(19);
  expect(
    findingOf(
      'near-duplicates',
      rows((i) => (i < 10 ? 'cold' : 'hot')),
    ),
  ).toBeUndefined();
});
