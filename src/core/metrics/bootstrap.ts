/**
 * Intervals by the bootstrap (Efron 1979) for figures that are sums over rows: whole groups of rows that belong together
 * are drawn with replacement, and all columns by the same draws, so that a difference of two methods is paired.
 *
 * The ends are percentiles of the drawn figures. With few groups those lie too close: their levels are moved out as
 * Hesterberg 2015 («What teachers should know about the bootstrap», expanded percentile interval) has it, to
 * Φ(−√(n ÷ (n − 1)) · t(0.975, n − 1)), which is 0.025 for many.
 */
import { AppError } from '../errors';
import { createRandom } from '../random';
import type { Interval } from './intervals';
import { studentTCdf, studentTQuantile } from './student-t';

export const RESAMPLES = 10_000;

/** With so much freedom Student's t is the normal distribution to seven digits. */
const NORMAL = 1e7;

export interface Resamples {
  /** Groups that were drawn from. */
  groups: number;
  /** By column: its sum in each resample. */
  sums: Float64Array[];
}

/**
 * The sums of every column of `columns` [column][row] over resamples of the groups of `groups` [row]. The same seed gives
 * the same draws.
 */
export function resampleSums(
  columns: readonly ArrayLike<number>[],
  groups: ArrayLike<number>,
  { seed, resamples = RESAMPLES }: { seed: number; resamples?: number },
): Resamples {
  const places = new Map<number, number>();
  for (let row = 0; row < groups.length; row++) {
    const group = groups[row] ?? 0;
    if (!places.has(group)) places.set(group, places.size);
  }
  const count = places.size;
  if (count === 0) throw new AppError('internal', 'There are no rows to draw from.');
  const byGroup = columns.map((column) => {
    const sums = new Float64Array(count);
    for (let row = 0; row < groups.length; row++) {
      const at = places.get(groups[row] ?? 0) ?? 0;
      sums[at] = (sums[at] ?? 0) + (column[row] ?? 0);
    }
    return sums;
  });
  const random = createRandom(seed);
  const sums = columns.map(() => new Float64Array(resamples));
  const drawn = new Float64Array(count);
  for (let resample = 0; resample < resamples; resample++) {
    // How often each group is drawn, once for all columns.
    drawn.fill(0);
    for (let draw = 0; draw < count; draw++) {
      const group = Math.floor(random() * count);
      drawn[group] = (drawn[group] ?? 0) + 1;
    }
    for (const [column, values] of byGroup.entries()) {
      const into = sums[column];
      if (into) into[resample] = product(drawn, values);
    }
  }
  return { groups: count, sums };
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/**
 * 95 % interval of a figure from its value in each resample; null with one group, which says nothing of others, and where
 * the figure is not a number in some resample.
 */
export function percentileInterval(values: Float64Array, groups: number): Interval | null {
  if (groups < 2 || values.length === 0 || values.some(Number.isNaN)) return null;
  const sorted = Float64Array.from(values).sort();
  const level = expandedLevel(groups);
  return [quantile(sorted, level), quantile(sorted, 1 - level)];
}

function expandedLevel(groups: number): number {
  const reach = Math.sqrt(groups / (groups - 1)) * studentTQuantile(0.975, groups - 1);
  return studentTCdf(-reach, NORMAL);
}

/** Between the two nearest values, as NumPy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  return low + (place - below) * ((sorted[Math.min(below + 1, sorted.length - 1)] ?? low) - low);
}
