import { expect, test } from 'vitest';
import { type FoldPiece, knownPoints } from '../../../src/core/run/checkpoint';
import type { CurvePoint } from '../../../src/core/run/record';
import { sampleFit } from '../../helpers/checkpoint';

const point = (fold: number, step: number, trainLoss: number | null = 1): CurvePoint => {
  const none = { learningRate: null, gradNorm: null, validLoss: null, metrics: null };
  return { fold, step, epoch: step / 4, trainLoss, ...none };
};

const finished = (id: FoldPiece['id'], fold: number): FoldPiece => {
  const outcome = { fold, rows: new Int32Array(), probabilities: new Float32Array(), steps: 2, epochs: 1 };
  return { id, outcome: { ...outcome, bestEpoch: null, seconds: 1 }, chosenC: null, notes: [], trainedParameters: 0 };
};

test('points of finished folds are known, of a fit under way those told before its state, of others none', () => {
  const points = [point(0, 1), point(0, 2), point(1, 1), point(1, 2), point(1, 2, null), point(1, 3), point(2, 1)];
  const kept = { folds: [finished('tuned', 0)], fits: [sampleFit({ fold: 1, points: 3 })] };
  expect(knownPoints(points, kept)).toEqual(points.slice(0, 5));
  expect(knownPoints(points, { folds: [finished('features_only', 0)], fits: [] })).toEqual([]);
});

test('steps that a setback took back and that were told again count by their order, not by their number', () => {
  const points = [point(0, 1), point(0, 2), point(0, 1), point(0, 2), point(0, 3)];
  const kept = { folds: [], fits: [sampleFit({ fold: 0, step: 1, points: 3 })] };
  expect(knownPoints(points, kept)).toEqual(points.slice(0, 3));
});
