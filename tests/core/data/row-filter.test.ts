import { describe, expect, test } from 'vitest';
import type { Row } from '../../../src/core/data/dataset';
import { EVERY_ROW, letsAll, type RowFilter, rowMatcher } from '../../../src/core/data/row-filter';
import { packRows, type RowSet } from '../../../src/core/data/row-set';

const ROWS: Row[] = [
  { rowId: 10, line: 1, text: 'Where is my Parcel?', target: 'delivery', part: 'test' },
  { rowId: 11, line: 3, text: 'Charged twice', target: 'billing', part: 'train' },
  { rowId: 14, line: 4, text: 'parcel arrived wet', target: '__proto__' },
];
const linesOf = (filter: Partial<RowFilter>, ofFinding: RowSet | null = null) =>
  ROWS.filter(rowMatcher({ ...EVERY_ROW, ...filter }, ofFinding)).map(({ line }) => line);

describe('filtering rows', () => {
  test('without a filter all rows match', () => {
    expect(linesOf({})).toEqual([1, 3, 4]);
  });

  test('words are looked for in text and label, upper and lower case alike', () => {
    expect(linesOf({ words: ' PARCEL ' })).toEqual([1, 4]);
    expect(linesOf({ words: 'bill' })).toEqual([3]);
  });

  test('a label is taken as it is, whatever it is called', () => {
    expect(linesOf({ target: '__proto__' })).toEqual([4]);
  });

  test('a finding lets its rows through, told by id and not by line', () => {
    expect(linesOf({ findingId: 'odd' }, packRows([11, 4]))).toEqual([3]);
    expect(linesOf({ findingId: 'odd' }, packRows([]))).toEqual([]);
  });

  test('a part is what the file says of a row', () => {
    expect(linesOf({ part: 'test' })).toEqual([1]);
    expect(linesOf({ part: 'validation' })).toEqual([]);
  });

  test('only blanks to search for are no filter; each of the four is one', () => {
    expect(letsAll({ ...EVERY_ROW, words: '  ' })).toBe(true);
    const one = [{ words: 'x' }, { target: '' }, { part: 'test' as const }, { findingId: 'odd' }];
    expect(one.map((filter) => letsAll({ ...EVERY_ROW, ...filter }))).toEqual([false, false, false, false]);
  });
});
