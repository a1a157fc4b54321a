import { expect, test } from 'vitest';
import { knownPoints } from '../../../src/core/run/checkpoint';
import type { CurvePoint } from '../../../src/core/run/record';
import { sampleFit } from '../../helpers/checkpoint';

const point = (fold: number, step: number, trainLoss: number | null = 1): CurvePoint => {
  const none = { learningRate: null, gradNorm: null, validLoss: null, metrics: null };
  return { fold, step, epoch: step / 4, trainLoss, ...none };
};

test('points of finished folds are known, of a fit under way those told before its state, of others none', () => {
  const points = [point(0, 1), point(0, 2), point(1, 1), point(1, 2), point(1, 2, null), point(1, 3), point(2, 1)];
  const kept = { done: [0], fits: [sampleFit({ fold: 1, points: 3 })] };
  expect(knownPoints(points, kept)).toEqual(points.slice(0, 5));
  expect(knownPoints(points, { done: [3], fits: [] })).toEqual([]);
});

test('steps that a setback took back and that were told again count by their order, not by their number', () => {
  const points = [point(0, 1), point(0, 2), point(0, 1), point(0, 2), point(0, 3)];
  const kept = { done: [], fits: [sampleFit({ fold: 0, step: 1, points: 3 })] };
  expect(knownPoints(points, kept)).toEqual(points.slice(0, 3));
});
