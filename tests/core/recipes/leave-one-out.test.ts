import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random';
import { invertKernelSteps, leaveOneOut } from '../../../src/core/recipes/leave-one-out';
import { finish } from './synthetic';

const random = createRandom(3);
const size = 14;
const columns = 5;
const classes = 3;
const vectors = Array.from({ length: size }, () => Array.from({ length: columns }, () => random() - 0.5));
const labels = Int32Array.from({ length: size }, () => Math.floor(random() * classes));

const weights = Float64Array.from({ length: size }, (_, row) => (row < 11 ? 1 + (row % 3) : 4));

/** Ridge fitted to some rows by Gauss elimination, asked for one. */
function answerOf(row: number, fitted: readonly number[], ridge: number): number[] {
  const product = (a: number, b: number): number => {
    return (vectors[a] ?? []).reduce((sum, value, j) => sum + value * (vectors[b]?.[j] ?? 0), 1);
  };
  return Array.from({ length: classes }, (_, label) => {
    const matrix = fitted.map((a) => {
      const line = fitted.map((b) => product(a, b) + (a === b ? ridge / (weights[a] ?? 1) : 0));
      return [...line, Number(labels[a] === label)];
    });
    const duals = solve(matrix);
    return fitted.reduce((sum, other, i) => sum + product(row, other) * (duals[i] ?? 0), 0);
  });
}

function solve(matrix: number[][]): number[] {
  const n = matrix.length;
  for (let p = 0; p < n; p++) {
    for (let r = 0; r < n; r++) {
      if (r === p) continue;
      const factor = (matrix[r]?.[p] ?? 0) / (matrix[p]?.[p] ?? 1);
      matrix[r] = (matrix[r] ?? []).map((value, k) => value - factor * (matrix[p]?.[k] ?? 0));
    }
  }
  return matrix.map((line, i) => (line[n] ?? 0) / (line[i] ?? 1));
}

const kernel = {
  size,
  values: Float64Array.from({ length: size * size }, (_, at) => {
    const [a, b] = [vectors[Math.floor(at / size)] ?? [], vectors[at % size] ?? []];
    return a.reduce((sum, value, j) => sum + value * (b[j] ?? 0), 0);
  }),
};

describe('leaving out', () => {
  test('gives each group the scores of a fit to all other rows, names included', () => {
    const scored = 11;
    const groups = Int32Array.from({ length: scored }, (_, row) => (row < 5 ? 0 : row % 4 === 0 ? 90 : row));
    const inverse = finish(invertKernelSteps(kernel, weights, 0.7));
    const scores = leaveOneOut({ inverse, labels, groups, classes });
    expect(scores.length).toBe(scored * classes);
    for (let row = 0; row < scored; row++) {
      const others = Array.from(labels.keys()).filter((other) => other >= scored || groups[other] !== groups[row]);
      const theirs = answerOf(row, others, 0.7);
      theirs.forEach((score, c) => expect(scores[row * classes + c]).toBeCloseTo(score, 9));
    }
  });

  test('vectors that are not numbers are refused', () => {
    const broken = { size, values: kernel.values.map((value, at) => (at === 30 ? NaN : value)) };
    expect(() => finish(invertKernelSteps(broken, weights))).toThrow(/finite/);
  });

  test('of the first rows gives the same bits from the inverse of all as from their own', () => {
    // Sizes that end within a block of four, and at its end.
    for (const first of [9, 11, 12]) {
      const values = Float64Array.from({ length: first * first }, (_, at) => {
        return kernel.values[Math.floor(at / first) * size + (at % first)] ?? 0;
      });
      const own = finish(invertKernelSteps({ size: first, values }, weights.subarray(0, first)));
      const all = finish(invertKernelSteps(kernel, weights));
      const groups = Int32Array.from({ length: first }, (_, row) => Math.floor(row / 2));
      const question = { labels: labels.subarray(0, first), groups, classes };
      expect(leaveOneOut({ inverse: all, ...question })).toEqual(leaveOneOut({ inverse: own, ...question }));
    }
  });
});
