import { describe, expect, test } from 'vitest';
import { tallyTokens } from '../../../../src/core/text/token-tally';
import { lengthHistogram, placeOf, yTicks } from '../../../../src/ui/screens/data/length-histogram';

const total = (bins: { count: number }[]): number => bins.reduce((sum, { count }) => sum + count, 0);

describe('the histogram of lengths', () => {
  test('every row is counted once', () => {
    const counts = Int32Array.from({ length: 500 }, (_, row) => 3 + (row % 200));
    expect(total(lengthHistogram(tallyTokens(counts), 128).bins)).toBe(500);
  });

  test('a length falls in the bin that names it', () => {
    const { bins } = lengthHistogram(tallyTokens([16, 17, 64]), 64);
    for (const length of [16, 17, 64]) {
      expect(bins.find(({ from, to }) => length >= from && length <= to)?.count).toBe(1);
    }
  });

  test('bins end at the cut, so that none is half cut off', () => {
    for (const cut of [32, 64, 128, 256]) {
      const { bins } = lengthHistogram(tallyTokens([5, 40, 700]), cut);
      expect(bins.some(({ to }) => to === cut)).toBe(true);
    }
  });

  test('a few very long rows stand in the last bin and do not flatten the others', () => {
    const histogram = lengthHistogram(tallyTokens([10, 12, 14, 5000]), 64);
    expect(histogram.upper).toBe(128);
    expect(histogram.beyond).toBe(1);
    expect(histogram.bins.at(-1)?.count).toBe(1);
  });

  test('a cut beyond the longest row lies off the axis', () => {
    expect(placeOf(lengthHistogram(tallyTokens([10, 20]), 256), 256)).toBeGreaterThan(100);
  });

  test('counts on the axis are round, few and from zero', () => {
    expect(yTicks(241)).toEqual([0, 100, 200]);
    expect(yTicks(1)).toEqual([0, 1]);
    expect(yTicks(7)).toEqual([0, 5]);
  });
});
