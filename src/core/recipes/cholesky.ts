/** Cholesky's factor of symmetric products, a strip at a time. */
import { AppError } from '../errors';

/** Rows between two yields. */
const STRIP = 64;

/** L in place of the lower triangle of A [size, size]. Throws `non-finite` where A is not positive definite. */
export function* factoriseSteps(a: Float64Array, size: number): Generator<undefined, void, void> {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let total = a[row + j] ?? 0;
      for (let k = 0; k < j; k++) total -= (a[row + k] ?? 0) * (a[other + k] ?? 0);
      if (i > j) a[row + j] = total / (a[other + j] ?? 1);
      else if (total > 0) a[row + j] = Math.sqrt(total);
      else throw new AppError('non-finite', 'The features of a text are not finite numbers.');
    }
    if (i % STRIP === STRIP - 1) yield;
  }
}

/** (L⁻¹)ᵀ [size, size]: row j holds column j of L⁻¹, which begins at j, so that products run along rows. */
export function* invertSteps(lower: Float64Array, size: number): Generator<undefined, Float64Array, void> {
  const inverse = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    const own = j * size;
    inverse[own + j] = 1 / (lower[own + j] ?? 1);
    for (let i = j + 1; i < size; i++) {
      const row = i * size;
      let total = 0;
      for (let k = j; k < i; k++) total += (lower[row + k] ?? 0) * (inverse[own + k] ?? 0);
      inverse[own + i] = -total / (lower[row + i] ?? 1);
    }
    if (j % STRIP === STRIP - 1) yield;
  }
  return inverse;
}
