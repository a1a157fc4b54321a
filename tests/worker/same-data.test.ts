/** A run is only gone on with on the data it began with. */
import { expect, test } from 'vitest';
import { demandSameData } from '../../src/worker/resumption';
import { sampleContext } from '../helpers/report-sample';

test('the same rows under the same labels are the same data', () => {
  expect(() => demandSameData(sampleContext(), sampleContext())).not.toThrow();
});

test('the same labels in another order are not: kept answers are by position', () => {
  const before = sampleContext();
  const turned = {
    ...before.rows,
    labels: [...before.rows.labels].reverse(),
    labelIndices: before.rows.labelIndices.map((label) => 1 - label),
  };
  expect(() => demandSameData(before, { ...before, rows: turned })).toThrow('changed since it broke off');
});
