import { describe, expect, test } from 'vitest';
import { summaryOf } from '../../../../src/core/report/summary';
import { lossOutline } from '../../../../src/core/run/loss-outline';
import type { CurvePoint, FoldResult } from '../../../../src/core/run/record';
import { elapsedOf, listedScore, sparkOf as drawn } from '../../../../src/ui/screens/runs/run-figures';
import { sampleReport } from '../../../helpers/report-sample';

const sparkOf = (points: CurvePoint[]) => drawn(lossOutline(points));
const fold = (accuracy: number): FoldResult => ({
  fold: 0,
  metrics: { accuracy, macro_f1: accuracy },
  steps: 1,
  epochs: 1,
  bestEpoch: null,
  seconds: 1,
});
const point = (step: number, trainLoss: number | null, validLoss: number | null, at = 0): CurvePoint => ({
  fold: at,
  epoch: 0,
  step,
  trainLoss,
  learningRate: null,
  gradNorm: null,
  validLoss,
  metrics: null,
});

describe('accuracy in the list of runs', () => {
  test('a run without a report shows the mean of the folds it finished, and says that it is partial', () => {
    const listed = listedScore({ summary: null, folds: [fold(0.9), fold(0.94)] }, 'accuracy');
    expect(listed?.mean).toBeCloseTo(0.92, 12);
    expect(listed?.sd).toBeCloseTo(0.028284, 6);
    expect(listed?.partial).toBe(true);
  });

  test('one fold has no deviation, none has no figure', () => {
    expect(listedScore({ summary: null, folds: [fold(0.9)] }, 'accuracy')?.sd).toBeNull();
    expect(listedScore({ summary: null, folds: [] }, 'accuracy')).toBeNull();
  });
});

test('a run with a report shows the figures of its summary, and reads nothing else', () => {
  const summary = summaryOf(sampleReport());
  expect(listedScore({ summary, folds: [] }, 'accuracy')).toEqual({
    mean: 0.875,
    sd: summary.metrics.accuracy?.sd,
    partial: false,
  });
  expect(
    listedScore({ summary: { ...summary, status: 'partial', metrics: {} }, folds: [fold(1)] }, 'accuracy'),
  ).toBeNull();
  expect(elapsedOf({ summary, progress: null })).toBe(21_000);
  expect(elapsedOf({ summary: null, progress: null })).toBeNull();
});

describe('the sparkline', () => {
  test('both losses of the first fold are drawn on one scale', () => {
    const { train, valid } = sparkOf([
      point(1, 2, null),
      point(2, null, 1),
      point(3, 0, null),
      point(4, null, 1),
      point(1, 50, 50, 1),
    ]);
    expect(train).toBe('M0.0 2.0L66.7 22.0');
    expect(valid).toBe('M33.3 12.0L100.0 12.0');
  });

  test('a long run is averaged to at most sixty points', () => {
    const points = Array.from({ length: 10_000 }, (_, at) => point(at + 1, Math.exp(-at / 2000), null));
    expect(sparkOf(points).train.split('L').length).toBeLessThanOrEqual(60);
  });

  test('a flat line and a single point draw without NaN', () => {
    expect(sparkOf([point(1, 1, null), point(2, 1, null)]).train).not.toContain('NaN');
    expect(sparkOf([point(1, 1, null)])).toEqual({ train: '', valid: '' });
    expect(sparkOf([])).toEqual({ train: '', valid: '' });
  });
});
