import { describe, expect, test } from 'vitest';
import { wilson95 } from '../../../src/core/metrics/intervals';
import {
  accuracySpread,
  halfWidth,
  independentRows,
  kishRows,
  macroF1Interval,
  macroF1Spread,
  shareInterval,
} from '../../../src/core/metrics/row-intervals';
import { createRandom } from '../../../src/core/random';

const apart = (rows: number) => {
  const groups = Int32Array.from({ length: rows }, (_, row) => row);
  return { texts: groups, groups };
};

/** Counts [true, predicted] of answers to `truth`. */
function matrixOf(truth: number[], answers: number[], labels: number): number[][] {
  const counts = Array.from({ length: labels }, () => new Array<number>(labels).fill(0));
  truth.forEach((label, row) => {
    const line = counts[label];
    if (line) line[answers[row] ?? 0] = (line[answers[row] ?? 0] ?? 0) + 1;
  });
  return counts;
}

function macroF1(counts: number[][]): number {
  const f1 = counts.map((line, label) => {
    const touched = line.reduce((a, b) => a + b, 0) + counts.reduce((sum, row) => sum + (row[label] ?? 0), 0);
    return touched === 0 ? null : (2 * (line[label] ?? 0)) / touched;
  });
  const present = f1.filter((value) => value !== null);
  return present.reduce((a, b) => a + b, 0) / present.length;
}

describe('independent rows', () => {
  test('rows apart count each, copies once, weighted by their number', () => {
    expect(kishRows([0, 1, 2, 3])).toBe(4);
    expect(kishRows([0, 0, 0, 0])).toBe(1);
    // Nine copies of one text and one other: nearly one row.
    expect(kishRows([0, 0, 0, 0, 0, 0, 0, 0, 0, 1])).toBeCloseTo(100 / 82, 12);
    expect(independentRows([1, 0, 1, 1], apart(4))).toBe(4);
  });

  test('rows that belong together count by how much they agree', () => {
    const texts = Int32Array.from({ length: 40 }, (_, row) => row);
    const groups = Int32Array.from({ length: 40 }, (_, row) => Math.floor(row / 4));
    const always = Float64Array.from(groups, (group) => group % 2);
    expect(independentRows(always, { texts, groups })).toBe(10);
    const never = Float64Array.from(texts, (row) => row % 2);
    expect(independentRows(never, { texts, groups })).toBe(40);
    // All right shows nothing of how much they agree: the fewest.
    expect(independentRows(new Float64Array(40).fill(1), { texts, groups })).toBe(10);
  });

  test('without copies the interval of a share is that of Wilson', () => {
    const { ci95, rows } = shareInterval([1, 1, 0, 1], apart(4));
    expect(ci95).toEqual(wilson95(3, 4));
    expect(rows).toBe(4);
    const doubled = shareInterval([1, 1, 1, 1, 0, 0, 1, 1], {
      texts: [0, 0, 1, 1, 2, 2, 3, 3],
      groups: [0, 0, 1, 1, 2, 2, 3, 3],
    });
    expect(doubled.ci95[0]).toBeCloseTo(wilson95(3, 4)[0], 12);
  });
});

test('groups that agree in part count between both: by hand', () => {
  const values = [1, 1, 0, 1, 0, 0, 1, 1];
  const groups = [0, 0, 0, 1, 1, 1, 2, 2];
  // Mean 5/8. Rows: 5 · 0.375² + 3 · 0.625² = 1.875. Sums of the groups: 0.125, −0.875, 0.75, squared 1.34375, · 3/2.
  const expected = (8 * 1.875) / (1.34375 * 1.5);
  expect(independentRows(values, { texts: apart(8).texts, groups })).toBeCloseTo(expected, 12);
  // Two groups of four: mean 1/2, rows 8 · 1/4, sums 1 and −1, · 2.
  const two = { texts: apart(8).texts, groups: [0, 0, 0, 0, 1, 1, 1, 1] };
  expect(independentRows([1, 1, 1, 0, 1, 0, 0, 0], two)).toBeCloseTo((8 * 2) / (2 * 2), 12);
  expect(kishRows([])).toBe(0);
  expect(() => independentRows([], apart(0))).toThrow('no rows');
});

describe('the figures, by hand', () => {
  const f1Of = (share: number): number => (2 * share) / (1 + share);
  const squared = (value: number): number => value * value;

  test('accuracy: one imagined row of either kind beside those that were fixed and broken', () => {
    // Three fixed, two broken of seven.
    const standardError = Math.sqrt((5 / 7 - squared(1 / 7)) / 7);
    const apartOnce = accuracySpread([1, 1, 0, 0, -1], apart(5));
    expect(apartOnce.standardError).toBeCloseTo(standardError, 12);
    expect(apartOnce.df).toBe(4);
    // t(0.975, 4) = 2.7764451.
    expect(halfWidth(apartOnce)).toBeCloseTo(2.7764451 * standardError, 7);
    // Every row twice is no more than once.
    const copies = Int32Array.of(0, 0, 1, 1, 2, 2, 3, 3, 4, 4);
    const twice = accuracySpread([1, 1, 1, 1, 0, 0, 0, 0, -1, -1], { texts: copies, groups: copies });
    expect(twice.standardError).toBeCloseTo(standardError, 12);
    expect(twice.df).toBe(4);
    expect(accuracySpread([1], apart(1)).df).toBe(1);
    expect(accuracySpread(new Float64Array(5000), apart(5000)).df).toBe(1000);
  });

  test.each([1, 0.5])('macro-F1 of a matrix: the intervals of its labels put together, a row worth %d', (worth) => {
    // TP of TP + FP + FN: 3 of 6, 4 of 7, 2 of 2; the last label does not occur.
    const counts = [
      [3, 1, 0, 0],
      [2, 4, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 0],
    ];
    const labels = [[3, 6] as const, [4, 7] as const, [2, 2] as const].map(([hits, all]) => {
      const [low, high] = wilson95(hits * worth, all * worth);
      const own = f1Of(hits / all);
      return { own, below: 2 * squared(own - f1Of(low)), above: 2 * squared(f1Of(high) - own) };
    });
    const sum = (key: 'own' | 'below' | 'above'): number => labels.reduce((total, label) => total + label[key], 0);
    const [low, high] = macroF1Interval(counts, worth);
    expect(low).toBeCloseTo((sum('own') - Math.sqrt(sum('below'))) / 4, 12);
    expect(high).toBeCloseTo((sum('own') + Math.sqrt(sum('above'))) / 4, 12);
  });

  test('macro-F1 stays within 0 and 1', () => {
    expect(macroF1Interval([[1]])[1]).toBe(1);
    expect(macroF1Interval([[0, 1], [1, 0]])[0]).toBe(0); // prettier-ignore
    expect(macroF1Interval([])).toEqual([0, 0]);
  });

  /** macro-F1 where row i counts `weights[i]`, over the labels that occur. */
  function weighted(truth: number[], answers: number[], labels: number, weights: number[]): number {
    const hits = new Float64Array(labels);
    const touched = new Float64Array(labels);
    truth.forEach((label, row) => {
      const weight = weights[row] ?? 0;
      const answer = answers[row] ?? 0;
      touched[label] = (touched[label] ?? 0) + weight;
      touched[answer] = (touched[answer] ?? 0) + weight;
      if (label === answer) hits[label] = (hits[label] ?? 0) + weight;
    });
    const f1 = [...touched.keys()].filter((label) => touched[label] !== 0);
    return f1.reduce((sum, label) => sum + (2 * (hits[label] ?? 0)) / (touched[label] ?? 1), 0) / f1.length;
  }

  test.each([
    ['rows apart', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['rows in groups that agree', [0, 1, 2, 3, 0, 4, 5, 6, 7]],
  ])('macro-F1 of two methods, %s: by how much each row moves it, found by moving it', (_, groups) => {
    const truth = [0, 0, 0, 1, 1, 1, 1, 2, 2];
    const before = [1, 0, 3, 1, 0, 1, 2, 2, 1];
    const after = [0, 0, 1, 1, 1, 1, 2, 2, 0];
    const rows = truth.length;
    // Label 3 is only ever answered, label 4 never occurs.
    const pull = (answers: number[], row: number): number => {
      const step = 1e-6;
      const weights = (change: number) => truth.map((__, i) => (i === row ? 1 + change : 1));
      const moved = (change: number) => weighted(truth, answers, 5, weights(change));
      return (rows * (moved(step) - moved(-step))) / (2 * step);
    };
    const moved = truth.map((__, row) => pull(after, row) - pull(before, row));
    const units = { texts: apart(rows).texts, groups };
    const independent = independentRows(moved, units);
    if (groups.length > new Set(groups).size) expect(independent).toBeLessThan(rows - 0.5);
    let variance = moved.reduce((sum, value) => sum + squared(value / rows), 0) * (rows / independent);
    for (const support of [3, 4, 2]) variance += 2 / squared(3 * ((support * independent) / rows + 2));
    const { standardError, df } = macroF1Spread(truth, before, after, 5, units);
    expect(standardError).toBeCloseTo(Math.sqrt(variance), 7);
    expect(df).toBeCloseTo(independent - 1, 6);
  });
});

describe('intervals by the rows', () => {
  test('have a width whatever was answered, and hold the score', () => {
    const random = createRandom(1);
    for (let round = 0; round < 2000; round++) {
      const rows = 2 + Math.floor(random() * 30);
      const labels = 2 + Math.floor(random() * 3);
      const skill = random() < 0.3 ? 1 : random();
      const truth = Array.from({ length: rows }, () => Math.floor(random() * labels));
      const answer = (): number[] => truth.map((label) => (random() < skill ? label : Math.floor(random() * labels)));
      const [before, after] = [answer(), answer()];
      const counts = matrixOf(truth, after, labels);
      const occurring = counts.filter((line, label) => line.some(Boolean) || counts.some((row) => row[label]));
      const kept = counts.map((_, label) => label).filter((label) => occurring.includes(counts[label] ?? []));
      const square = kept.map((row) => kept.map((column) => counts[row]?.[column] ?? 0));
      const [low, high] = macroF1Interval(square);
      expect(high - low).toBeGreaterThan(0.01);
      expect(low).toBeLessThanOrEqual(macroF1(square) + 1e-9);
      expect(high).toBeGreaterThanOrEqual(macroF1(square) - 1e-9);
      const gains = truth.map((label, row) => Number(after[row] === label) - Number(before[row] === label));
      expect(halfWidth(accuracySpread(gains, apart(rows)))).toBeGreaterThan(0.01);
      expect(halfWidth(macroF1Spread(truth, before, after, labels, apart(rows)))).toBeGreaterThan(0.01);
    }
  });

  test('hold the truth in about 95 of 100 samples', () => {
    const random = createRandom(2);
    // Three labels, the third rare; two methods that err on 20 and 15 % of the rows, sometimes on the same.
    const sample = (rows: number) => {
      const truth = Array.from({ length: rows }, () => (random() < 0.1 ? 2 : random() < 0.5 ? 1 : 0));
      const wrong = (label: number): number => (label + 1 + Math.floor(random() * 2)) % 3;
      const hard = truth.map(() => random() < 0.1);
      const answer = (rate: number): number[] =>
        truth.map((label, row) => (hard[row] || random() < rate ? wrong(label) : label));
      return { truth, before: answer(0.11), after: answer(0.055) };
    };
    const whole = sample(400_000);
    const score = (part: typeof whole, answers: number[]): number => macroF1(matrixOf(part.truth, answers, 3));
    const share = ({ truth }: typeof whole, answers: number[]): number =>
      truth.filter((label, row) => label === answers[row]).length / truth.length;
    const truths = {
      f1: score(whole, whole.after),
      f1Gain: score(whole, whole.after) - score(whole, whole.before),
      gain: share(whole, whole.after) - share(whole, whole.before),
    };
    const held = { f1: 0, f1Gain: 0, gain: 0 };
    const SAMPLES = 600;
    for (let round = 0; round < SAMPLES; round++) {
      const part = sample(150);
      const { truth, before, after } = part;
      const [low, high] = macroF1Interval(matrixOf(truth, after, 3));
      if (low <= truths.f1 && truths.f1 <= high) held.f1++;
      const f1Half = halfWidth(macroF1Spread(truth, before, after, 3, apart(150)));
      if (Math.abs(score(part, after) - score(part, before) - truths.f1Gain) <= f1Half) held.f1Gain++;
      const gains = truth.map((label, row) => Number(after[row] === label) - Number(before[row] === label));
      const half = halfWidth(accuracySpread(gains, apart(150)));
      if (Math.abs(share(part, after) - share(part, before) - truths.gain) <= half) held.gain++;
    }
    for (const count of Object.values(held)) expect(count / SAMPLES).toBeGreaterThan(0.92);
  });
});
