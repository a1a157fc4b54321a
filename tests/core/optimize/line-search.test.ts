import { describe, expect, test } from 'vitest';
import { orthantSearch, pseudoGradient, wolfeSearch, type Objective } from '../../../src/core/optimize/line-search';

/** ½ (x − 3)² in one dimension. */
const bowl: Objective = (point, gradient) => {
  const away = (point[0] ?? 0) - 3;
  gradient[0] = away;
  return 0.5 * away * away;
};

function from(x: number, direction: number) {
  const gradient = new Float64Array(1);
  const value = bowl(Float64Array.of(x), gradient);
  return {
    point: Float64Array.of(x),
    direction: Float64Array.of(direction),
    value,
    slope: direction * (gradient[0] ?? 0),
    next: new Float64Array(1),
    nextGradient: new Float64Array(1),
  };
}

describe('wolfeSearch', () => {
  test.each([1e-6, 0.01, 1, 50, 1e6])('lowers the value and flattens the slope from a first step of %f', (step) => {
    const trial = from(0, 1);
    const value = wolfeSearch(bowl, trial, step);
    expect(value).toBeLessThan(trial.value);
    expect(Math.abs(trial.nextGradient[0] ?? Infinity)).toBeLessThan(0.95 * 3);
  });

  test('uphill there is no step', () => {
    expect(wolfeSearch(bowl, { ...from(0, -1), slope: -3 }, 1)).toBeNull();
  });
});

describe('L1', () => {
  test('at 0 a gradient below the weight does not move a coordinate', () => {
    const pseudo = pseudoGradient(
      { weight: 1, count: 4 },
      Float64Array.of(0, 0, 2, -2),
      Float64Array.of(0.5, -3, 1, 1),
    );
    expect([...pseudo]).toEqual([0, -2, 2, 0]);
  });

  test('a coordinate that would change its sign stops at 0', () => {
    const l1 = { weight: 10, count: 1 };
    const trial = from(0.5, -5);
    const pseudo = pseudoGradient(l1, trial.point, Float64Array.of(-2.5));
    const value = orthantSearch(bowl, { ...trial, value: trial.value + 5 }, 1, l1, pseudo);
    expect(trial.next[0]).toBe(0);
    expect(value).toBe(4.5);
  });
});
