/** Exponentials of many values in the memory of WebAssembly and their sum: fours by a loop there, the rest from a table. */
import { expOfNegative } from './exponential';
import type { ExponentialLoops } from './exponential-module';

/**
 * to[i] = exp(from[i] − shift) for `count` values, and their sum; `from` and `to` are indices into the heap's values, null
 * where only the sum is wanted. No value is above `shift`.
 */
export type Exponentials = (from: number, to: number | null, count: number, shift: number) => number;

/** Values whose sum is taken in float32: more would lose digits, fewer be more calls. */
const BLOCK = 1024;

/** `values` gives the heap as it is now: an allocation replaces it. */
export function createExponentials(
  allocate: (floats: number) => number,
  values: () => Float32Array,
  { exponentials }: Pick<ExponentialLoops, 'exponentials'>,
): Exponentials {
  const spare = allocate(BLOCK);
  const sums = allocate(4);
  const shiftAt = allocate(1);
  return (from, to, count, shift) => {
    const heap = values();
    heap[shiftAt] = shift;
    const fours = count - (count % 4);
    let sum = 0;
    for (let start = 0; start < fours; start += BLOCK) {
      const own = Math.min(BLOCK, fours - start);
      exponentials(4 * (from + start), 4 * (to === null ? spare : to + start), 4 * own, 4 * shiftAt, 4 * sums, 0);
      for (let i = sums; i < sums + 4; i++) sum += heap[i] ?? NaN;
    }
    for (let i = fours; i < count; i++) {
      const value = expOfNegative((heap[from + i] ?? NaN) - shift);
      if (to !== null) heap[to + i] = value;
      sum += value;
    }
    return sum;
  };
}
