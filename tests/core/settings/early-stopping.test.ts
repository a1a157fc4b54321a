import { expect, test } from 'vitest';
import { innerRowCount, medianLength, NO_VALIDATION, watchValidation } from '../../../src/core/settings/early-stopping';

test('stops after so many epochs without a better loss, and remembers the best', () => {
  let state = NO_VALIDATION;
  const decisions = [1, 0.6, 0.7, 0.65].map((loss, i) => {
    const seen = watchValidation(state, { loss, step: (i + 1) * 10, epoch: i + 1 }, 2);
    state = seen.state;
    return { better: seen.better, stop: seen.stop };
  });
  expect(decisions).toEqual([
    { better: true, stop: false },
    { better: true, stop: false },
    { better: false, stop: false },
    { better: false, stop: true },
  ]);
  expect(state).toEqual({ bestLoss: 0.6, bestStep: 20, bestEpoch: 2 });
});

test('patience counts epochs, also when validation comes more often', () => {
  const state = { bestLoss: 0.5, bestStep: 10, bestEpoch: 1 };
  expect(watchValidation(state, { loss: 0.6, step: 15, epoch: 1.5 }, 1).stop).toBe(false);
  expect(watchValidation(state, { loss: 0.6, step: 20, epoch: 2 }, 1).stop).toBe(true);
});

test('a loss that is never a number uses patience up from the start', () => {
  const first = watchValidation(NO_VALIDATION, { loss: Number.NaN, step: 10, epoch: 1 }, 2);
  expect(first).toEqual({ state: { bestLoss: Infinity, bestStep: 0, bestEpoch: 0 }, better: false, stop: false });
  expect(watchValidation(first.state, { loss: Number.NaN, step: 20, epoch: 2 }, 2).stop).toBe(true);
});

test('an equal loss is not a better one', () => {
  const { state } = watchValidation(NO_VALIDATION, { loss: 0.5, step: 1, epoch: 1 }, 3);
  expect(watchValidation(state, { loss: 0.5, step: 2, epoch: 2 }, 3).better).toBe(false);
});

test('the length that folds chose is their median', () => {
  expect(medianLength([3, 9, 4])).toBe(4);
  expect(medianLength([8, 2, 4, 6])).toBe(4);
  expect(medianLength([])).toBeNull();
});

test('about 15 rows in a hundred are set aside, never more than 500, and none where they would be too few', () => {
  expect(innerRowCount(400, 6, 2)).toBe(60);
  expect(innerRowCount(50_000, 6, 2)).toBe(500);
  expect(innerRowCount(100, 6, 2)).toBe(0);
  expect(innerRowCount(400, 77, 2)).toBe(0);
  expect(innerRowCount(400, 6, 0)).toBe(0);
  // 20 are enough, and as many as there are labels.
  expect(innerRowCount(134, 6, 2)).toBeCloseTo(20.1);
  expect(innerRowCount(133, 6, 2)).toBe(0);
  expect(innerRowCount(140, 21, 2)).toBe(21);
  expect(innerRowCount(140, 22, 2)).toBe(0);
});
