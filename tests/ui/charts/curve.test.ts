import { describe, expect, test } from 'vitest';
import { metricDefinition } from '../../../src/core/metrics/registry';
import type { CurvePoint } from '../../../src/core/run/record';
import {
  foldCurve,
  foldsSeen,
  lastOf,
  lossSummary,
  plannedEpochs,
  scoreSummary,
  smooth,
  valueAt,
} from '../../../src/ui/charts/curve';

function point(change: Partial<CurvePoint>): CurvePoint {
  return {
    fold: 0,
    epoch: 1,
    step: 1,
    trainLoss: null,
    learningRate: null,
    gradNorm: null,
    validLoss: null,
    metrics: null,
    ...change,
  };
}

/** Two folds of four steps in two epochs; the engine tells the epoch as a fraction: steps done ÷ steps an epoch. */
const points = [0, 1].flatMap((fold) =>
  [1, 2, 3, 4].map((step) =>
    point({
      fold,
      step,
      epoch: step / 2,
      trainLoss: 2 - step * 0.25 - fold,
      ...(step % 2 === 0 ? { validLoss: step === 2 ? 0.5 : 0.75, metrics: { accuracy: 0.5 + step / 10 } } : {}),
    }),
  ),
);

describe('foldCurve', () => {
  test('takes the points of its fold only', () => {
    expect(foldCurve(points, 1, 0).trainLoss.map(({ y }) => y)).toEqual([0.75, 0.5, 0.25, 0]);
    expect(foldCurve(points, 7, 0)).toMatchObject({ trainLoss: [], best: null, lastStep: 0 });
  });

  test('the best checkpoint is the step of the lowest validation loss', () => {
    expect(foldCurve(points, 0, 0.9).best).toEqual({ x: 2, y: 0.5 });
  });

  test('where nothing was chosen by validation there is no best checkpoint, and that is said', () => {
    const watched = points.map((one) => (one.validLoss === null ? one : { ...one, watched: true }));
    const curve = foldCurve(watched, 0, 0.9);
    expect(curve.best).toBeNull();
    expect(curve.validLoss).toHaveLength(2);
    expect(lossSummary(curve)).toMatch(
      /validation loss from 0.50 to 0.75\. Validation is of the rows this fold is scored on; nothing is chosen by it\.$/,
    );
  });

  test('epochs begin at the step before their first', () => {
    expect(foldCurve(points, 0, 0).epochs).toEqual([
      { epoch: 1, step: 0 },
      { epoch: 2, step: 2 },
    ]);
    expect(plannedEpochs(2, 4)).toEqual(foldCurve(points, 0, 0).epochs);
  });

  test('scores are drawn in per cent, by the metrics that were measured', () => {
    const { metrics } = foldCurve(points, 0, 0);
    expect(metrics.accuracy?.map(({ y }) => Math.round(y))).toEqual([70, 90]);
    expect(metrics.macro_f1).toBeUndefined();
  });
});

describe('smooth', () => {
  test('a constant line stays where it is from the first point on: the average is de-biased', () => {
    const constant = Array.from({ length: 20 }, (_, x) => ({ x, y: 3 }));
    for (const { y } of smooth(constant, 0.95)) expect(y).toBeCloseTo(3, 12);
  });

  test('weight 0 changes nothing', () => {
    const line = [5, 1, 4].map((y, x) => ({ x, y }));
    expect(smooth(line, 0)).toEqual(line);
  });

  test('is the average that TensorBoard draws', () => {
    // m1 = 0.5·2 = 1, ÷ (1 − 0.5) = 2; m2 = 0.5·1 + 0.5·4 = 2.5, ÷ (1 − 0.25) = 10/3
    expect(
      smooth(
        [2, 4].map((y, x) => ({ x, y })),
        0.5,
      )[1]?.y,
    ).toBeCloseTo(10 / 3, 12);
  });
});

test('the value under the crosshair is that of the nearest point', () => {
  const line = [10, 20, 30].map((x) => ({ x, y: x * 2 }));
  expect(valueAt(line, 1)?.x).toBe(10);
  expect(valueAt(line, 24)?.x).toBe(20);
  expect(valueAt(line, 26)?.x).toBe(30);
  expect(valueAt(line, 999)?.x).toBe(30);
  expect(valueAt([], 3)).toBeNull();
  expect(lastOf(line)).toBe(60);
});

test('the folds of a run are listed once each', () => {
  expect(foldsSeen(points)).toEqual([0, 1]);
});

test('the summaries say where the lines begin, end and are best', () => {
  expect(lossSummary(foldCurve(points, 0, 0))).toBe(
    'Train loss went from 1.75 to 1.00, validation loss from 0.50 to 0.75; the lowest validation loss is 0.500 at step 2.',
  );
  expect(lossSummary(foldCurve([], 0, 0))).toBe('No step has been made yet.');
  expect(scoreSummary(metricDefinition('accuracy'), foldCurve(points, 0, 0).metrics.accuracy ?? [])).toBe(
    'Accuracy went from 70.0 to 90.0 % in 2 readings.',
  );
});
