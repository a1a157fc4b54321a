import { expect, test } from 'vitest';
import { predictProba } from '../../../src/core/baselines/linear-classifier';
import { denseMatrix } from '../../../src/core/baselines/matrix';

const model = {
  classes: 2,
  columns: 2,
  weights: Float64Array.of(0, 0, 1, 2),
  bias: Float64Array.of(0, Math.log(3)),
};
const sparse = {
  kind: 'sparse' as const,
  rows: 2,
  columns: 2,
  rowStarts: Int32Array.of(0, 1, 1),
  columnIndices: Int32Array.of(1),
  values: Float64Array.of(2),
};

test('dense and sparse rows get the same softmax of weights · x + bias', () => {
  const expected = [1 / (1 + 3 * Math.exp(4)), (3 * Math.exp(4)) / (1 + 3 * Math.exp(4)), 0.25, 0.75];
  predictProba(model, sparse).forEach((p, i) => expect(p).toBeCloseTo(expected[i] ?? NaN, 6));
  const dense = denseMatrix(Float32Array.of(0, 2, 0, 0), 2);
  predictProba(model, dense).forEach((p, i) => expect(p).toBeCloseTo(expected[i] ?? NaN, 6));
});

test('no rows get no answers', () => {
  expect(predictProba(model, { ...denseMatrix(new Float32Array(0), 2) })).toHaveLength(0);
});

test('rows of another width are an error', () => {
  expect(() => predictProba(model, denseMatrix(new Float32Array(3), 3))).toThrow('Rows of 3 features');
});
