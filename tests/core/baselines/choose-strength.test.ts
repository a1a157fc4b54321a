import { describe, expect, test } from 'vitest';
import {
  chooseStrengthSteps,
  C_GRID,
  DEFAULT_C,
  type StrengthQuestion,
} from '../../../src/core/baselines/choose-strength';
import { denseMatrix, takeRows } from '../../../src/core/baselines/matrix';
import { createRandom } from '../../../src/core/random';

/** Rows of length 1 round one centre per class; a share of the labels is drawn by lot. */
function vectors(rows: number, noise: number, wrong: number, seed: number, columns = 24): StrengthQuestion {
  const random = createRandom(seed);
  const normal = () => random() + random() + random() + random() - 2;
  const values = new Float32Array(rows * columns);
  const labels = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const truth = i % 2;
    const row = Array.from({ length: columns }, (_, j) => (j === truth ? 1 : 0) + noise * normal());
    const length = Math.hypot(...row);
    values.set(
      row.map((value) => value / length),
      i * columns,
    );
    labels[i] = random() < wrong ? Math.floor(random() * 2) : truth;
  }
  return { x: denseMatrix(values, columns), labels, classes: 2, groups: labels.map((_, i) => i), seed };
}

function choose(question: StrengthQuestion) {
  const steps = chooseStrengthSteps(question);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

describe('choice of strength', () => {
  test('keeps the usual C where no other is clearly better', () => {
    const { c, trials, innerRows } = choose(vectors(200, 0.2, 0, 1));
    expect(c).toBe(DEFAULT_C);
    expect(trials.map((trial) => trial.c)).toEqual(C_GRID);
    expect(innerRows).toBe(40);
  });

  test('columns made of rows are made of the part that is fitted to, never of the part that scores', () => {
    const question = vectors(200, 0.2, 0, 1);
    const parts: Int32Array[] = [];
    const refit = (train: Int32Array, held: Int32Array) => {
      parts.push(train, held);
      return { x: takeRows(question.x, train), heldX: takeRows(question.x, held) };
    };
    expect(choose({ ...question, refit })).toEqual(choose(question));
    const [train, held] = parts;
    expect(parts).toHaveLength(2);
    expect(held).toHaveLength(40);
    expect(new Set([...(train ?? []), ...(held ?? [])]).size).toBe(200);
  });

  test('takes a stronger hold where half the labels are drawn by lot', () => {
    // With so many rows every seed of five chose it; with 800 of them three did.
    const { c, trials } = choose(vectors(2000, 0.5, 0.5, 1, 400));
    const right = (value: number) => trials.find((trial) => trial.c === value)?.right ?? 0;
    expect(c).toBe(1);
    expect(right(1)).toBeGreaterThan(right(DEFAULT_C) + 5);
  });

  test('the same seed chooses the same', () => {
    expect(choose(vectors(120, 0.5, 0.2, 3))).toEqual(choose(vectors(120, 0.5, 0.2, 3)));
  });

  test('rows that cannot be split leave the usual C', () => {
    const question = vectors(40, 0.2, 0, 1);
    const oneGroup = { ...question, groups: new Int32Array(40) };
    expect(choose(oneGroup)).toEqual({ c: DEFAULT_C, trials: [], innerRows: 0 });
  });

  test('a stop is heard', () => {
    let asked = 0;
    const question = { ...vectors(200, 0.5, 0, 1), fit: { shouldStop: () => ++asked > 2 } };
    expect(choose(question)).toEqual({ c: DEFAULT_C, trials: [], innerRows: 0 });
    expect(asked).toBeLessThan(6);
  });
});
