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

/** (L⁻¹)ᵀ [size, size] of L Lᵀ = K + 1 + λ / weights. What stands above and left in it is that of the first rows alone. */
export interface Inverse {
  size: number;
  values: Float64Array;
}

/** For all who leave out rows of this kernel. `weights` [size]: how much each row counts. Yields between strips. */
export function* invertKernelSteps(
  { size, values }: Kernel,
  weights: Float64Array,
  ridge = RIDGE,
): Generator<unknown, Inverse, void> {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const held = ridge / Math.max(weights[i] ?? 1, 1e-6);
    for (let j = 0; j <= i; j++) lower[i * size + j] = (values[i * size + j] ?? 0) + 1 + (i === j ? held : 0);
  }
  yield* factoriseSteps(lower, size);
  return { size, values: yield* invertSteps(lower, size) };
}

export interface LeaveOneOutQuestion {
  /** Of scored rows first, then of rows that are only fitted to, then of rows that are not fitted to. */
  inverse: Inverse;
  /** [fitted rows] */
  labels: Int32Array;
  /** [scored rows]; rows of one group are left out together. */
  groups: Int32Array;
  classes: number;
}

/** Scores [scored rows, classes]: about 1 for the label, about 0 for others. */
export function leaveOneOut({ inverse, labels, groups, classes }: LeaveOneOutQuestion): Float64Array {
  const fitted = fittedTo(inverse, labels, classes);
  const scores = new Float64Array(groups.length * classes);
  for (const members of membersOf(groups)) {
    const own = new Float64Array(members.length * members.length);
    members.forEach((row, a) => {
      members.forEach((other, b) => (own[a * members.length + b] = entryOf(inverse, labels.length, row, other)));
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

/** A Y = L⁻ᵀ (L⁻¹ Y), [fitted rows, classes], Y one-hot. */
function fittedTo({ size: stride, values }: Inverse, labels: Int32Array, classes: number): Float64Array {
  const size = labels.length;
  const half = new Float64Array(size * classes);
  for (let j = 0; j < size; j++) {
    const label = labels[j] ?? 0;
    for (let i = j; i < size; i++) {
      half[i * classes + label] = (half[i * classes + label] ?? 0) + (values[j * stride + i] ?? 0);
    }
  }
  const fitted = new Float64Array(size * classes);
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      const factor = values[j * stride + i] ?? 0;
      for (let c = 0; c < classes; c++) {
        fitted[j * classes + c] = (fitted[j * classes + c] ?? 0) + factor * (half[i * classes + c] ?? 0);
      }
    }
  }
  return fitted;
}

/** A[row, other], where the first `size` rows are fitted to. */
function entryOf({ size: stride, values }: Inverse, size: number, row: number, other: number): number {
  let total = 0;
  for (let k = Math.max(row, other); k < size; k++) {
    total += (values[row * stride + k] ?? 0) * (values[other * stride + k] ?? 0);
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
