import { expect, test } from 'vitest';
import { majorityProbabilities } from '../../../src/core/baselines/majority';
import { argmaxRows } from '../../../src/core/metrics/probabilistic';

test('every row is answered by the most frequent training label, with the shares as probabilities', () => {
  const probabilities = majorityProbabilities([2, 0, 2, 2], 3, 2);
  expect([...probabilities]).toEqual([0.25, 0, 0.75, 0.25, 0, 0.75]);
  expect([...argmaxRows(probabilities, 3)]).toEqual([2, 2]);
});
