import { expect, test } from 'vitest';
import { runFindings } from '../../../src/core/quality/registry';
import { many, rowsOf } from './rows-of';

test('a clean set has no findings', () => {
  expect(runFindings(rowsOf([...many(30, 'a'), ...many(30, 'b')]), 'classification')).toEqual([]);
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
