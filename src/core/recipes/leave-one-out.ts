/**
 * What a ridge classifier on a kernel answers to each row when it is fitted to all the others: exact, for the price of
 * one inversion (Cawley and Talbot 2003), and independent of the number of classes. It stands in for logistic
 * regression where recipes are compared: their order is the same within what the rows can tell.
 *
 * Scores of a group G that is left out together are Y − (A_GG)⁻¹ (A Y)_G, where A = (K + 1 + λ / weights)⁻¹; the 1 is the bias.
 */
import { factoriseSteps, invertSteps } from './cholesky';
import type { Kernel } from './kernels';

/** λ for vectors of length 1: about what C = 10 is for logistic regression. */
export const RIDGE = 1;

export interface LeaveOneOutQuestion {
  /** Scored rows first, then rows that are only fitted to. */
  kernel: Kernel;
  /** [size] */
  labels: Int32Array;
  /** [scored rows]; rows of one group are left out together. */
  groups: Int32Array;
  classes: number;
  /** [size] how much each row counts. */
  weights: Float64Array;
  ridge?: number;
}

/** Scores [scored rows, classes]: about 1 for the label, about 0 for others. Yields between strips. */
export function* leaveOneOutSteps({
  kernel: { size, values },
  labels,
  groups,
  classes,
  weights,
  ridge = RIDGE,
}: LeaveOneOutQuestion): Generator<unknown, Float64Array, void> {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const held = ridge / Math.max(weights[i] ?? 1, 1e-6);
    for (let j = 0; j <= i; j++) lower[i * size + j] = (values[i * size + j] ?? 0) + 1 + (i === j ? held : 0);
  }
  yield* factoriseSteps(lower, size);
  const inverse = yield* invertSteps(lower, size);
  const fitted = fittedTo(inverse, size, labels, classes);
  const scores = new Float64Array(groups.length * classes);
  for (const members of membersOf(groups)) {
    const own = new Float64Array(members.length * members.length);
    members.forEach((row, a) => {
      members.forEach((other, b) => (own[a * members.length + b] = entryOf(inverse, size, row, other)));
    });
    const rights = Float64Array.from({ length: members.length * classes }, (_, at) => {
      const row = members[Math.floor(at / classes)] ?? 0;
      return fitted[row * classes + (at % classes)] ?? 0;
    });
    solveSymmetric(own, members.length, rights, classes);
    members.forEach((row, a) => {
      for (let c = 0; c < classes; c++) {
        scores[row * classes + c] = Number(labels[row] === c) - (rights[a * classes + c] ?? 0);
      }
    });
  }
  return scores;
}

/** A Y = L⁻ᵀ (L⁻¹ Y), [size, classes], Y one-hot. */
function fittedTo(inverse: Float64Array, size: number, labels: Int32Array, classes: number): Float64Array {
  const half = new Float64Array(size * classes);
  for (let j = 0; j < size; j++) {
    const label = labels[j] ?? 0;
    for (let i = j; i < size; i++) {
      half[i * classes + label] = (half[i * classes + label] ?? 0) + (inverse[j * size + i] ?? 0);
    }
  }
  const fitted = new Float64Array(size * classes);
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      const factor = inverse[j * size + i] ?? 0;
      for (let c = 0; c < classes; c++) {
        fitted[j * classes + c] = (fitted[j * classes + c] ?? 0) + factor * (half[i * classes + c] ?? 0);
      }
    }
  }
  return fitted;
}

/** A[row, other] */
function entryOf(inverse: Float64Array, size: number, row: number, other: number): number {
  let total = 0;
  for (let k = Math.max(row, other); k < size; k++) {
    total += (inverse[row * size + k] ?? 0) * (inverse[other * size + k] ?? 0);
  }
  return total;
}

function membersOf(groups: Int32Array): number[][] {
  const members = new Map<number, number[]>();
  groups.forEach((group, row) => {
    const own = members.get(group);
    if (own) own.push(row);
    else members.set(group, [row]);
  });
  return [...members.values()];
}

/** b := A⁻¹ b for positive definite A [size, size] and b [size, width]; A is overwritten. */
function solveSymmetric(a: Float64Array, size: number, b: Float64Array, width: number): void {
  for (let pivot = 0; pivot < size; pivot++) {
    const scale = 1 / (a[pivot * size + pivot] ?? 1);
    for (let row = pivot + 1; row < size; row++) {
      const factor = (a[row * size + pivot] ?? 0) * scale;
      if (factor === 0) continue;
      for (let k = pivot; k < size; k++)
        a[row * size + k] = (a[row * size + k] ?? 0) - factor * (a[pivot * size + k] ?? 0);
      for (let c = 0; c < width; c++)
        b[row * width + c] = (b[row * width + c] ?? 0) - factor * (b[pivot * width + c] ?? 0);
    }
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let c = 0; c < width; c++) {
      let total = b[row * width + c] ?? 0;
      for (let k = row + 1; k < size; k++) total -= (a[row * size + k] ?? 0) * (b[k * width + c] ?? 0);
      b[row * width + c] = total / (a[row * size + row] ?? 1);
    }
  }
}
