import { describe, expect, test } from 'vitest';
import { fitLogisticRegression, predictProba } from '../../../src/core/baselines/logistic-regression';
import { denseMatrix } from '../../../src/core/baselines/matrix';
import { createRandom } from '../../../src/core/random';
import { spanSteps } from '../../../src/core/recipes/span';
import { finish } from './synthetic';

function matrixOf(rows: number, columns: number, seed: number) {
  const random = createRandom(seed);
  return denseMatrix(
    Float32Array.from({ length: rows * columns }, () => (random() - 0.5) / 4),
    columns,
  );
}

describe('the span of the rows', () => {
  test('a model fitted to coordinates answers as one fitted to the columns', () => {
    const x = matrixOf(20, 60, 1);
    // A copy and a row of zeros have no direction of their own.
    x.values.copyWithin(60, 0, 60);
    x.values.fill(0, 120, 180);
    const labels = Int32Array.from({ length: 20 }, (_, row) => row % 3);
    const span = finish(spanSteps(x));
    if (!span) throw new Error('20 rows of 60 columns have a span.');
    const ours = span.widen(fitLogisticRegression(span.coordinates, labels, 3, { c: 10, tolerance: 1e-7 }));
    const theirs = fitLogisticRegression(x, labels, 3, { c: 10, tolerance: 1e-7 });
    const asked = matrixOf(9, 60, 2);
    const expected = predictProba(theirs, asked);
    predictProba(ours, asked).forEach((p, i) => expect(p).toBeCloseTo(expected[i] ?? NaN, 4));
  });

  test('is not made of rows as many as columns', () => {
    expect(finish(spanSteps(matrixOf(50, 60, 1)))).toBeNull();
  });
});
