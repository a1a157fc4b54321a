import { describe, expect, test } from 'vitest';
import { rowMatcher } from '../../../src/core/data/row-filter';

const ROWS = [
  { line: 1, text: 'Where is my Parcel?', target: 'delivery' },
  { line: 3, text: 'Charged twice', target: 'billing' },
  { line: 4, text: 'parcel arrived wet', target: '__proto__' },
];
const ALL = { words: '', target: null, lines: null };
const linesOf = (filter: Parameters<typeof rowMatcher>[0]) => ROWS.filter(rowMatcher(filter)).map(({ line }) => line);

describe('filtering rows', () => {
  test('without a filter all rows match', () => {
    expect(linesOf(ALL)).toEqual([1, 3, 4]);
  });

  test('words are looked for in text and label, upper and lower case alike', () => {
    expect(linesOf({ ...ALL, words: ' PARCEL ' })).toEqual([1, 4]);
    expect(linesOf({ ...ALL, words: 'bill' })).toEqual([3]);
  });

  test('a label is taken as it is, whatever it is called', () => {
    expect(linesOf({ ...ALL, target: '__proto__' })).toEqual([4]);
  });

  test('lines of a finding are lines of the file, not places', () => {
    expect(linesOf({ ...ALL, lines: [3, 99] })).toEqual([3]);
  });
});
