import { describe, expect, test } from 'vitest';
import { meanAndSd, summariseFolds, wilson95 } from '../../../src/core/metrics/intervals';

describe('wilson95', () => {
  test('stays within 0–1 at both ends, also for one row', () => {
    for (const n of [1, 2, 7, 500]) {
      expect(wilson95(0, n)[0]).toBe(0);
      expect(wilson95(n, n)[1]).toBe(1);
      expect(wilson95(0, n)[1]).toBeLessThan(1);
    }
  });

  test('no rows have no interval', () => {
    expect(() => wilson95(0, 0)).toThrow('no rows');
  });
});

describe('summariseFolds', () => {
  test('the spread is the sample standard deviation', () => {
    expect(meanAndSd([1, 2, 3, 4])).toEqual({ mean: 2.5, sd: Math.sqrt(5 / 3) });
  });

  test('the interval is wider than one for independent scores, since the training parts of folds overlap', () => {
    const { mean, sd, ci95 } = summariseFolds([0.9, 0.92, 0.88, 0.91, 0.89]);
    const naive = (2.7764451052 * sd) / Math.sqrt(5);
    expect(mean).toBeCloseTo(0.9, 12);
    expect((ci95?.[1] ?? 0) - mean).toBeCloseTo(naive * 1.5, 9); // √(1/5 + 1/4) = 1.5 · √(1/5)
  });

  test('a stopped run keeps the test share of the planned folds: 3 of 10 folds, by hand', () => {
    // Scores 0.8, 0.9, 1.0: mean 0.9, sd 0.1. Standard error 0.1 · √(1/3 + 1/9) = 0.0666667; t(0.975, 2) = 4.3026527.
    const { ci95 } = summariseFolds([0.8, 0.9, 1], 10);
    expect(ci95?.[0]).toBeCloseTo(0.9 - 0.28684352, 7);
    expect(ci95?.[1]).toBeCloseTo(0.9 + 0.28684352, 7);
  });

  test('two scores have one', () => {
    // sd 0.1/√2, standard error sd · √(1/2 + 1), t(0.975, 1) = 12.7062047.
    const { ci95 } = summariseFolds([0.8, 0.9]);
    expect(ci95?.[1]).toBeCloseTo(0.85 + 12.7062047 * (0.1 / Math.SQRT2) * Math.sqrt(1.5), 6);
  });

  test('a single score has no interval', () => {
    expect(summariseFolds([0.7])).toEqual({ mean: 0.7, sd: 0, ci95: null });
  });
});
