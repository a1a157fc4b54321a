import { expect, test } from 'vitest';
import { denseMatrix } from '../../../src/core/baselines/matrix';
import { secondMomentPreconditioner } from '../../../src/core/baselines/precondition';
import { createRandom } from '../../../src/core/random';

const random = createRandom(5);
const matrixOf = (rows: number, columns: number) =>
  denseMatrix(
    Float32Array.from({ length: rows * columns }, () => random()),
    columns,
  );

// The second has columns for more than one strip of products.
test.each([
  [12, 3],
  [280, 70],
])('solves share · X̄ᵀX̄ / n + λ I for every class by itself, %i rows × %i columns', (ROWS, COLUMNS) => {
  const x = matrixOf(ROWS, COLUMNS);
  const [ridge, share] = [0.01, 0.1 / 4]; // a tenth of (K − 1) / K² for two classes
  const precondition = secondMomentPreconditioner(x, 2, ridge);
  const asked = Float64Array.from({ length: 2 * (COLUMNS + 1) }, () => 5 * random() - 2);
  const solved = asked.slice();
  precondition?.(solved);
  for (const c of [0, 1]) {
    const v = [...solved.subarray(c * COLUMNS, (c + 1) * COLUMNS), solved[2 * COLUMNS + c] ?? 0];
    const back = v.map((value, j) => value * (j < COLUMNS ? ridge : 1e-3 * share));
    for (let i = 0; i < ROWS; i++) {
      const row = [...x.values.subarray(i * COLUMNS, (i + 1) * COLUMNS), 1];
      const along = row.reduce((sum, value, j) => sum + value * (v[j] ?? 0), 0);
      row.forEach((value, j) => (back[j] = (back[j] ?? 0) + (share / ROWS) * along * value));
    }
    const expected = [...asked.subarray(c * COLUMNS, (c + 1) * COLUMNS), asked[2 * COLUMNS + c] ?? 0];
    back.forEach((value, j) => expect(value).toBeCloseTo(expected[j] ?? NaN, 9));
  }
});

test('is left out where rows are too few to tell second moments', () => {
  expect(secondMomentPreconditioner(matrixOf(11, 3), 2, 0.01)).toBeUndefined();
});
