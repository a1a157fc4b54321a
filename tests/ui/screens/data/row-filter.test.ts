import { describe, expect, test } from 'vitest';
import { filterRows } from '../../../../src/ui/screens/data/row-filter';

const ROWS = [
  { line: 1, text: 'Where is my Parcel?', target: 'delivery' },
  { line: 3, text: 'Charged twice', target: 'billing' },
  { line: 4, text: 'parcel arrived wet', target: '__proto__' },
];
const ALL = { words: '', target: null, lines: null };
const go = (filter: Partial<typeof ALL> | Parameters<typeof filterRows>[1]) =>
  filterRows(ROWS, { ...ALL, ...filter }, new AbortController().signal);

describe('filtering rows', () => {
  test('without a filter all rows match', async () => {
    expect(await go({})).toEqual([0, 1, 2]);
  });

  test('words are looked for in text and label, upper and lower case alike', async () => {
    expect(await go({ ...ALL, words: ' PARCEL ' })).toEqual([0, 2]);
    expect(await go({ ...ALL, words: 'bill' })).toEqual([1]);
  });

  test('a label is taken as it is, whatever it is called', async () => {
    expect(await go({ ...ALL, target: '__proto__' })).toEqual([2]);
  });

  test('lines of a finding are lines of the file, not positions', async () => {
    expect(await go({ ...ALL, lines: new Set([3, 99]) })).toEqual([1]);
  });

  test('an aborted search over many rows gives nothing', async () => {
    const many = Array.from({ length: 50_000 }, (_, row) => ({ line: row + 1, text: 'x', target: 'y' }));
    const controller = new AbortController();
    const search = filterRows(many, ALL, controller.signal);
    controller.abort();
    expect(await search).toBeNull();
  });
});
