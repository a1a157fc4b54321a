import { expect, test } from 'vitest';
import { lossOutline } from '../../../src/core/run/loss-outline';

const point = (step: number, trainLoss: number | null, validLoss: number | null = null, fold = 0) => ({
  fold,
  step,
  trainLoss,
  validLoss,
});

test('up to sixty points are as they were told, of the first fold alone', () => {
  const points = [point(1, 3), point(1, 9, null, 1), point(2, 2), point(2, null, 2.5), point(3, 1)];
  expect(lossOutline(points)).toEqual({
    train: [
      [1, 3],
      [2, 2],
      [3, 1],
    ],
    valid: [[2, 2.5]],
    ends: [3, 1],
  });
  const sixty = Array.from({ length: 60 }, (_, i) => point(i + 1, i));
  expect(lossOutline(sixty).train).toHaveLength(60);
});

test('more are averaged in equal parts, steps and losses alike, and the ends stay the single points', () => {
  const points = Array.from({ length: 121 }, (_, i) => point(i + 1, 2 * i));
  const { train, ends } = lossOutline(points);
  expect(train).toHaveLength(41);
  expect(train[0]).toEqual([2, 2]);
  expect(train[1]).toEqual([5, 8]);
  // The last part is what is left: one point.
  expect(train.at(-1)).toEqual([121, 240]);
  expect(ends).toEqual([0, 240]);
});

test('steps that were taken back are not drawn', () => {
  expect(lossOutline([point(1, 3), point(2, 8), point(2, 2)]).train).toHaveLength(3);
  expect(lossOutline([point(1, 3), point(2, 8), point(3, 9), point(2, 2)]).train).toEqual([
    [1, 3],
    [2, 2],
  ]);
});

test('nothing stepped has no line and no ends', () => {
  expect(lossOutline([])).toEqual({ train: [], valid: [], ends: null });
  expect(lossOutline([point(0, null, 1)]).ends).toBeNull();
});
