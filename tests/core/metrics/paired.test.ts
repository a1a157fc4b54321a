import { describe, expect, test } from 'vitest';
import { compareOnFolds, mcNemarExact, mcNemarFromAnswers } from '../../../src/core/metrics/paired';

describe('compareOnFolds', () => {
  test('swapping the two methods mirrors the answer', () => {
    const a = [0.81, 0.84, 0.79, 0.83];
    const b = [0.85, 0.86, 0.84, 0.83];
    const forth = compareOnFolds(a, b);
    const back = compareOnFolds(b, a);
    expect(back.meanDifference).toBeCloseTo(-forth.meanDifference, 14);
    expect(back.pTwoSided).toBeCloseTo(forth.pTwoSided, 14);
    expect(back.pWorse).toBeCloseTo(forth.pBetter, 14);
    expect(back.pEquivalent).toBeCloseTo(forth.pEquivalent, 12);
  });

  test('equal scores on every fold are equivalent with certainty', () => {
    const same = compareOnFolds([0.8, 0.9], [0.8, 0.9]);
    expect(same).toMatchObject({ t: 0, pTwoSided: 1, pWorse: 0, pEquivalent: 1, pBetter: 0, ci95: [0, 0] });
  });

  test('the same gain on every fold is certain too, and nothing becomes NaN', () => {
    const gain = compareOnFolds([0.5, 0.25], [0.75, 0.5]);
    expect(gain).toMatchObject({ t: Infinity, pTwoSided: 0, pWorse: 0, pEquivalent: 0, pBetter: 1 });
  });

  test('a stopped run keeps the test share of the planned folds: 3 of 10 folds, by hand', () => {
    // Differences 0, 0.1, 0.2: mean 0.1, sd 0.1. Standard error 0.1 · √(1/3 + 1/9) = 0.2/3; t(0.975, 2) = 4.3026527.
    const { standardError, t, ci95 } = compareOnFolds([0.8, 0.8, 0.7], [0.8, 0.9, 0.9], { planned: 10 });
    expect(standardError).toBeCloseTo(0.2 / 3, 12);
    expect(t).toBeCloseTo(1.5, 10);
    expect(ci95[1]).toBeCloseTo(0.1 + 0.28684352, 7);
  });

  test('where the rows spread further than the folds, they are gone by; else the folds', () => {
    const [before, after] = [[0.8, 0.81, 0.8], [0.84, 0.85, 0.84]]; // prettier-ignore
    const alone = compareOnFolds(before, after);
    expect(alone).toMatchObject({ from: 'folds', rope: 0.01 });
    const rows = { standardError: 0.05, df: 100 };
    const wide = compareOnFolds(before, after, { rows });
    expect(wide).toMatchObject({ from: 'rows', standardError: 0.05 });
    // t(0.975, 100) = 1.98397152.
    expect(wide.ci95[1] - wide.meanDifference).toBeCloseTo(0.05 * 1.98397152, 7);
    const [spread, other] = [[0.7, 0.8, 0.9], [0.9, 0.8, 0.7]]; // prettier-ignore
    const narrow = compareOnFolds(spread, other, { rows: { standardError: 0.001, df: 100 } });
    expect(narrow).toEqual(compareOnFolds(spread, other));
  });

  test('one fold cannot be compared', () => {
    expect(() => compareOnFolds([0.8], [0.9])).toThrow('at least 2');
    expect(() => compareOnFolds([0.8, 0.8], [0.9])).toThrow('got 2 and 1');
  });
});

describe('McNemar', () => {
  test('only rows that one of the two got right count', () => {
    const yTrue = [0, 1, 2, 0, 1];
    expect(mcNemarFromAnswers(yTrue, [0, 1, 0, 0, 0], [0, 0, 2, 0, 1])).toMatchObject(mcNemarExact(1, 2));
  });

  test('rows of one group count once, for whom they favour; one that favours neither not at all', () => {
    const right = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    // Group 0: B fixes two and breaks one. Group 1: one of each. Group 2: B breaks two. Group 3 alike.
    const groups = [0, 0, 0, 1, 1, 2, 2, 3, 3];
    const a = [1, 1, 0, 1, 0, 0, 0, 0, 1];
    const b = [0, 0, 1, 0, 1, 1, 1, 0, 1];
    expect(mcNemarFromAnswers(right, a, b, groups)).toEqual({
      onlyARight: 4,
      onlyBRight: 3,
      groupsA: 1,
      groupsB: 1,
      pTwoSided: 1,
    });
    expect(mcNemarFromAnswers(right, a, b)).toMatchObject({ groupsA: 4, groupsB: 3 });
  });

  test('thousands of differing rows are no trouble', () => {
    expect(mcNemarExact(2500, 2500).pTwoSided).toBe(1);
    expect(mcNemarExact(2400, 2600).pTwoSided).toBeCloseTo(0.004883649737517494, 12);
  });
});
