import { expect, test } from 'vitest';
import { withoutUndone } from '../../../src/core/run/curve';
import type { CurvePoint } from '../../../src/core/run/record';

const point = (fold: number, step: number, trainLoss: number | null = 1): CurvePoint => ({
  fold,
  epoch: 1,
  step,
  trainLoss,
  learningRate: null,
  gradNorm: null,
  validLoss: trainLoss === null ? 1 : null,
  metrics: null,
});

const steps = (points: CurvePoint[]): [number, number][] => points.map(({ fold, step }) => [fold, step]);

test('steps that were taken back are gone, of their own fold alone, also where folds take turns', () => {
  const told = [point(0, 1), point(1, 1), point(0, 2), point(1, 2), point(0, 3), point(1, 3), point(0, 2), point(0, 3)];
  expect(steps(withoutUndone(told))).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 1],
    [1, 2],
    [1, 3],
  ]);
});

test('train and validation figures of one step both stay, and a setback to the start leaves nothing before it', () => {
  expect(withoutUndone([point(0, 1), point(0, 2), point(0, 2, null), point(0, 3)])).toHaveLength(4);
  const restarted = withoutUndone([point(0, 1, 5), point(0, 2, 9), point(0, 1, 4), point(0, 2, 3)]);
  expect(restarted.map(({ trainLoss }) => trainLoss)).toEqual([4, 3]);
});
