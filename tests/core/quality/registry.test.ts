import { expect, test } from 'vitest';
import { runFindings } from '../../../src/core/quality/registry';
import { rowsOf } from './rows-of';

test('a clean set has no findings', () => {
  const rows = rowsOf(Array.from({ length: 60 }, (_, i) => [`word${i}`, i < 30 ? 'a' : 'b']));
  expect(runFindings(rows, 'classification')).toEqual([]);
});

test('the most severe findings come first', () => {
  const found = runFindings(
    rowsOf([
      ['x', '1'],
      ['x', '1'],
      ['X', '1'],
    ]),
    'classification',
  );
  expect(found.map(({ severity }) => severity)).toEqual(['blocking', 'blocking', 'repairable', 'warning', 'warning']);
});

test('findings are plain data that can be posted and stored', () => {
  const found = runFindings(
    rowsOf([
      ['x', '1'],
      ['x', '1'],
    ]),
    'classification',
  );
  expect(structuredClone(found)).toEqual(found);
});
