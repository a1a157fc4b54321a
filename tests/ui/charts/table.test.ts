import { expect, test } from 'vitest';
import { tableRows } from '../../../src/ui/charts/table';

const train = {
  label: 'Train',
  kind: 'solid' as const,
  points: Array.from({ length: 1000 }, (_, i) => ({ x: i + 1, y: i })),
};
const valid = {
  label: 'Validation',
  kind: 'dashed' as const,
  points: [7, 333, 1000].map((x) => ({ x, y: -x })),
};

test('a step has one row with the values of all lines', () => {
  const rows = tableRows([{ ...train, points: train.points.slice(0, 10) }, valid]);
  expect(rows.find(({ step }) => step === 7)?.values).toEqual([6, -7]);
  expect(rows.find(({ step }) => step === 8)?.values).toEqual([7, null]);
});

test('a long table is thinned and keeps every validation reading and the last step', () => {
  const steps = tableRows([train, valid]).map(({ step }) => step);
  expect(steps.length).toBeLessThan(210);
  expect(steps).toEqual(expect.arrayContaining([7, 333, 1000]));
});
