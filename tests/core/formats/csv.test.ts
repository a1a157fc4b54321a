import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { csvCell, toCsv } from '../../../src/core/formats/csv';

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
  'a text that begins as a formula is made text: %j',
  (text) => {
    expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/);
  },
);

test('numbers stay numbers, also negative ones', () => {
  expect(csvCell(-1.5)).toBe('-1.5');
});

test('commas, quotes and line breaks come back from a reader as they were', () => {
  const rows = [
    ['a,b', 'say "hi"'],
    ['two\r\nlines', 'שלום 😀'],
  ];
  expect(Papa.parse(toCsv(['x', 'y'], rows).trimEnd(), { newline: '\r\n' }).data).toEqual([['x', 'y'], ...rows]);
});
