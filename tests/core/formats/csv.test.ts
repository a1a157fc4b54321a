import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { csvCell, toCsv } from '../../../src/core/formats/csv';

test.each([
  '=1+1',
  '+cmd|calc',
  '-2+3',
  '+1+1',
  '-1-1',
  '-1e5+A1',
  '@SUM(A1)',
  '-',
  '+A1',
  '\tx',
  '\rx',
  '\n=1',
  '＝1+1',
  '－1',
])('a text that begins as a formula is made text: %j', (text) => {
  expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/);
});

test.each(['-1', '+1', '-0.5', '+3.5e2', '-3.5E-2', '-.5', '-1.000.000', '1-2', 'a=b'])(
  'a label that is a number, or begins as none, comes back as it was: %s',
  (text) => {
    expect(csvCell(text)).toBe(text);
  },
);

test('a number with a decimal comma is quoted and not changed', () => {
  expect(csvCell('-1,5')).toBe('"-1,5"');
});

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
