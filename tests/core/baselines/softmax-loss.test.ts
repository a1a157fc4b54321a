import { describe, expect, test } from 'vitest';
import { denseMatrix, type Matrix, type SparseMatrix } from '../../../src/core/baselines/matrix';
import { softmaxLoss } from '../../../src/core/baselines/softmax-loss';
import { createRandom } from '../../../src/core/random';

const [ROWS, COLUMNS] = [303, 6];
const random = createRandom(11);
const values = Float32Array.from({ length: ROWS * COLUMNS }, () => random() - 0.5);
const draws = Float64Array.from({ length: ROWS }, () => random());
const weights = Float64Array.from({ length: ROWS }, () => random());
const sparse: SparseMatrix = {
  kind: 'sparse',
  rows: ROWS,
  columns: COLUMNS,
  rowStarts: Int32Array.from({ length: ROWS + 1 }, (_, i) => i * COLUMNS),
  columnIndices: Int32Array.from(values, (_, i) => i % COLUMNS),
  values: Float64Array.from(values),
};
const dense = denseMatrix(values, COLUMNS);
// Two classes have a way of their own.
const kinds: [string, number, Matrix][] = [
  ['dense', 2, dense],
  ['dense', 3, dense],
  ['sparse', 2, sparse],
  ['sparse', 3, sparse],
];

describe.each(kinds)('softmax loss over %s rows of %i classes', (_, CLASSES, x) => {
  const targets = { labels: Int32Array.from(draws, (draw) => Math.floor(draw * CLASSES)), weights, classes: CLASSES };
  const loss = softmaxLoss(x, targets);
  const size = CLASSES * (COLUMNS + 1);

  test('a model of zeros loses ln classes per weight', () => {
    const total = targets.weights.reduce((sum, weight) => sum + weight, 0);
    expect(loss.evaluate(new Float64Array(size), new Float64Array(size))).toBeCloseTo(total * Math.log(CLASSES), 9);
  });

  test('the gradient is the slope of the loss in every coordinate', () => {
    const point = Float64Array.from({ length: size }, (_, i) => Math.sin(i));
    const gradient = new Float64Array(size);
    const scratch = new Float64Array(size);
    loss.evaluate(point, gradient);
    gradient.forEach((slope, i) => {
      const step = 1e-5;
      const up = loss.evaluate(
        Float64Array.from(point, (value, j) => (i === j ? value + step : value)),
        scratch,
      );
      const down = loss.evaluate(
        Float64Array.from(point, (value, j) => (i === j ? value - step : value)),
        scratch,
      );
      expect(slope).toBeCloseTo((up - down) / (2 * step), 5);
    });
  });

  test('huge logits neither overflow nor lose the answer', () => {
    const point = new Float64Array(size).fill(0);
    point[COLUMNS * CLASSES] = 1e5;
    const gradient = new Float64Array(size);
    expect(loss.evaluate(point, gradient)).toBeGreaterThan(1e5);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  test('every weight has a place of its own', () => {
    const places = new Set<number>();
    for (let c = 0; c < CLASSES; c++) for (let j = 0; j < COLUMNS; j++) places.add(loss.indexOf(c, j));
    expect(places.size).toBe(CLASSES * COLUMNS);
    expect(Math.max(...places)).toBe(CLASSES * COLUMNS - 1);
  });
});
