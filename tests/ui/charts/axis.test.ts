import { describe, expect, test } from 'vitest';
import { along, axisTick, roundAxis, roundStep, tickLabel } from '../../../src/ui/charts/axis';

describe('roundAxis', () => {
  test('holds the range, has round ticks and no more steps than asked for', () => {
    for (const [low, high] of [
      [86.9, 95.5],
      [-1.6, 5.02],
      [0, 0.0034],
      [0.2, 1.79],
      [12, 98],
      [-30.9, 46.5],
    ] as const) {
      for (const steps of [1, 4, 5, 6]) {
        const axis = roundAxis(low, high, steps);
        expect(axis.min).toBeLessThanOrEqual(low);
        expect(axis.max).toBeGreaterThanOrEqual(high);
        // Where 0 lies between, it is a tick, and one step cannot hold both sides.
        expect(axis.ticks.length - 1).toBeLessThanOrEqual(low < 0 ? Math.max(2, steps) : steps);
        expect(axis.ticks[0]).toBeCloseTo(axis.min, 9);
        expect(axis.ticks.at(-1)).toBeCloseTo(axis.max, 9);
      }
    }
  });

  test('a percentage never gets an axis past 0 or 100', () => {
    expect(roundAxis(1, 99.5, 5, [0, 100])).toMatchObject({ min: 0, max: 100 });
    for (const score of [0, 50, 97.2, 99.99, 100]) {
      const { min, max, ticks } = roundAxis(score, score, 4, [0, 100]);
      expect(max).toBeGreaterThan(min);
      expect(min).toBeGreaterThanOrEqual(0);
      expect(max).toBeLessThanOrEqual(100);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
    }
  });

  test('one value alone still gets an axis with two ends', () => {
    for (const value of [0, 1, 91.3, 100, -2]) {
      const { min, max } = roundAxis(value, value);
      expect(max).toBeGreaterThan(min);
      expect(value).toBeGreaterThanOrEqual(min);
      expect(value).toBeLessThanOrEqual(max);
    }
  });
});

test('a step is 1, 2, 2.5 or 5 times a power of ten', () => {
  expect(roundStep(8.6, 5)).toBe(2);
  expect(roundStep(1, 5)).toBeCloseTo(0.2, 12);
  expect(roundStep(10, 4)).toBe(2.5);
  expect(roundStep(9, 1)).toBe(10);
});

test('a value stands where it belongs in per cent of the axis', () => {
  const axis = { min: -2, max: 6, ticks: [] };
  expect(along(axis, -2)).toBe(0);
  expect(along(axis, 0)).toBe(25);
  expect(along(axis, 6)).toBe(100);
});

test('ticks have a real minus, no needless zeros, and the decimals that the steps need', () => {
  expect(tickLabel(-2)).toBe('−2');
  expect(tickLabel(2, true)).toBe('+2');
  expect(tickLabel(0, true)).toBe('0');
  expect(tickLabel(0.30000000000000004)).toBe('0.3');
  expect(axisTick(1, 1)).toBe('1.0');
  expect(axisTick(0, 1)).toBe('0.0');
  expect(axisTick(0.01, 0)).toBe('0.01');
});

describe('along', () => {
  test('is a place on the axis for every value, also beyond its ends and on an axis of one point', () => {
    const axis = { min: -10, max: 10, ticks: [-10, 0, 10] };
    expect([-10, 0, 5, 10].map((value) => along(axis, value))).toEqual([0, 50, 75, 100]);
    expect([along(axis, -303), along(axis, 247)]).toEqual([0, 100]);
    expect(along({ min: 100, max: 100, ticks: [100] }, 100)).toBe(50);
  });
});
