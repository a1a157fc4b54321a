import { describe, expect, test } from 'vitest';
import {
  argmaxRows,
  brierScore,
  calibrationBins,
  expectedCalibrationError,
  logLoss,
} from '../../../src/core/metrics/probabilistic';

describe('probabilistic metrics', () => {
  test('a sure and wrong answer costs much but not infinitely much', () => {
    expect(logLoss([0], Float64Array.of(0, 1), 2)).toBeCloseTo(52 * Math.LN2, 12);
    expect(logLoss([0], Float32Array.of(0, 1), 2)).toBeCloseTo(23 * Math.LN2, 12);
    expect(brierScore([0], Float64Array.of(0, 1), 2)).toBe(2);
  });

  test('of equal top answers the first is taken', () => {
    expect([...argmaxRows(Float64Array.of(0.4, 0.4, 0.2, 0.1, 0.5, 0.4), 3)]).toEqual([0, 1]);
  });

  test('a confidence on an edge belongs to the bin below it, and 0 and 1 have a bin', () => {
    const bins = calibrationBins([0, 0, 0], Float64Array.of(0.6, 0.4, 1, 0, 0.8, 0.2), 2, 5);
    expect(bins.map((bin) => bin.count)).toEqual([0, 0, 1, 1, 1]);
    expect(bins[2]).toEqual({ low: 0.4, high: 0.6, count: 1, confidence: 0.6, accuracy: 1 });
    expect(bins[0]).toMatchObject({ confidence: null, accuracy: null });
  });

  test('a confidence that rounding has put a hair above 1 is in the last bin, and no row is lost', () => {
    const bins = calibrationBins([0], Float32Array.of(1.000_000_1, 0), 2, 5);
    expect(bins.map(({ count }) => count)).toEqual([0, 0, 0, 0, 1]);
  });

  test('a confidence within a bin belongs to it; there are 15 where nothing is said', () => {
    const quarter = Float64Array.of(0.25, 0.25, 0.25, 0.25);
    expect(calibrationBins([0], quarter, 4, 5).map(({ count }) => count)).toEqual([0, 1, 0, 0, 0]);
    expect(calibrationBins([0], quarter, 4).map(({ count }) => count)).toEqual([0, 0, 0, 1, ...Array(11).fill(0)]);
    // The top answer of twenty may be no surer than one in twenty.
    expect(calibrationBins([0], new Float64Array(20).fill(0.05), 20)[0]).toMatchObject({ count: 1, low: 0 });
  });

  test('a sure and right answer costs next to nothing, and something', () => {
    expect(logLoss([0], Float64Array.of(1, 0), 2)).toBe(-Math.log(1 - 2 ** -52));
  });

  test('half right at confidence one half is perfectly calibrated', () => {
    expect(expectedCalibrationError([0, 1], Float64Array.of(0.5, 0.5, 0.5, 0.5), 2)).toBe(0);
  });

  test('rows and probabilities that do not match are an error', () => {
    expect(() => logLoss([0, 1], Float64Array.of(0.5, 0.5), 2)).toThrow('2 rows of 2 classes');
    expect(() => brierScore([], new Float64Array(0), 2)).toThrow('no rows');
  });
});
