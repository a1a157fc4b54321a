import { expect, test } from 'vitest';
import { percentileInterval, resampleSums } from '../../../src/core/metrics/bootstrap';
import { createRandom } from '../../../src/core/random';
import { processorMs } from '../../helpers/processor-time';

const ones = (length: number): Float64Array => new Float64Array(length).fill(1);
const apart = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i);

/** Mean of `values` in each resample, and its interval. */
function meanInterval(values: ArrayLike<number>, groups: ArrayLike<number>, seed = 1, resamples = 2000) {
  const drawn = resampleSums([values, ones(values.length)], groups, { seed, resamples });
  const [sum, rows] = drawn.sums;
  return percentileInterval(
    Float64Array.from(sum ?? [], (value, i) => value / (rows?.[i] ?? 0)),
    drawn.groups,
  );
}

test('the interval of a mean is that of the normal distribution where rows are many', () => {
  const random = createRandom(3);
  const values = Float64Array.from({ length: 400 }, random);
  const mean = values.reduce((sum, value) => sum + value, 0) / 400;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400);
  const [low, high] = meanInterval(values, apart(400), 1, 10_000) ?? [0, 0];
  expect(low).toBeCloseTo(mean - (1.97 * sd) / 20, 2);
  expect(high).toBeCloseTo(mean + (1.97 * sd) / 20, 2);
});

test('the same seed gives the same interval, another seed another', () => {
  const values = Float64Array.from({ length: 50 }, createRandom(5));
  expect(meanInterval(values, apart(50), 7)).toEqual(meanInterval(values, apart(50), 7));
  expect(meanInterval(values, apart(50), 7)).not.toEqual(meanInterval(values, apart(50), 8));
});

test('rows that belong together are drawn together: ten copies are no more sure than one', () => {
  const random = createRandom(11);
  const values = Float64Array.from({ length: 40 }, random);
  const copied = Float64Array.from({ length: 400 }, (_, i) => values[Math.floor(i / 10)] ?? 0);
  const groups = Int32Array.from({ length: 400 }, (_, i) => Math.floor(i / 10));
  const width = ([low, high]: [number, number]): number => high - low;
  const once = width(meanInterval(values, apart(40)) ?? [0, 0]);
  expect(width(meanInterval(copied, groups) ?? [0, 0])).toBeCloseTo(once, 9);
  expect(width(meanInterval(copied, apart(400)) ?? [0, 0])).toBeLessThan(once / 2);
});

test('all columns are drawn alike, so that a difference of two methods is paired', () => {
  const random = createRandom(13);
  const base = Float64Array.from({ length: 30 }, () => 10 * random());
  const drawn = resampleSums([base, base.map((value) => value + 1), ones(30)], apart(30), { seed: 1 });
  const gains = Float64Array.from(drawn.sums[1] ?? [], (value, i) => {
    return (value - (drawn.sums[0]?.[i] ?? 0)) / (drawn.sums[2]?.[i] ?? 0);
  });
  const [low, high] = percentileInterval(gains, drawn.groups) ?? [0, 0];
  expect([low, high].map((end) => Math.round(end * 1e9) / 1e9)).toEqual([1, 1]);
});

test('few groups reach further out than the plain percentiles, and one group says nothing', () => {
  // Two groups: half of the resamples hold both, a quarter each but one; t(0.975, 1) reaches to the ends.
  expect(meanInterval([0, 1], [0, 1])).toEqual([0, 1]);
  expect(meanInterval([0, 1, 2], [4, 4, 4])).toBeNull();
  const covered = (rows: number): number => {
    const random = createRandom(rows);
    let hits = 0;
    for (let trial = 0; trial < 400; trial++) {
      const values = Float64Array.from({ length: rows }, random);
      const [low, high] = meanInterval(values, apart(rows), trial, 500) ?? [0, 0];
      if (low <= 0.5 && high >= 0.5) hits += 1;
    }
    return hits / 400;
  };
  // Plain percentiles cover about 0.88 with eight rows.
  expect(covered(8)).toBeGreaterThan(0.91);
});

test('a thousand rows, twenty columns and ten thousand resamples take a moment', async () => {
  const columns = Array.from({ length: 20 }, (_, i) => Float64Array.from({ length: 1000 }, createRandom(i)));
  const ms = await processorMs(() => {
    expect(resampleSums(columns, apart(1000), { seed: 1 }).sums).toHaveLength(20);
  });
  expect(ms).toBeLessThan(10_000);
});

test('rows of no number are no figure', () => {
  expect(percentileInterval(Float64Array.of(1, NaN, 2), 3)).toBeNull();
  expect(() => resampleSums([[]], [], { seed: 1 })).toThrow('no rows');
});
