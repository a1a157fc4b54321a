import { expect, test } from 'vitest';
import { NO_DIVERGENCE, setBack, watchLoss } from '../../../src/engine/fit/divergence';

const CHANCE = Math.log(3);

/** The number of the loss at which the guard calls, 1-based; 0 = never. */
function calledAt(losses: readonly number[], chance = CHANCE): number {
  let state = NO_DIVERGENCE;
  for (const [i, loss] of losses.entries()) {
    const seen = watchLoss(state, loss, chance);
    if (seen.diverged) return i + 1;
    state = seen.state;
  }
  return 0;
}

const times = (count: number, loss: number): number[] => Array.from({ length: count }, () => loss);

test('a loss that grows without end is called, and soon', () => {
  expect(calledAt([...times(20, 1), 2, 8, 32, 128, 512])).toBe(24);
  expect(calledAt([1, NaN])).toBe(2);
  expect(calledAt([1, Infinity])).toBe(2);
});

test('one hard batch is not, nor a loss that stays at chance', () => {
  expect(calledAt([...times(20, 0.5), 20, ...times(20, 0.5)])).toBe(0);
  expect(calledAt(times(100, CHANCE))).toBe(0);
});

test('noise near zero is not: below a tenth of chance it takes more than guessing to be called', () => {
  const noise = Array.from({ length: 200 }, (_, i) => (i % 7 === 0 ? 0.5 : 1e-6));
  expect(calledAt([...times(50, 1e-6), ...noise])).toBe(0);
  expect(calledAt([...times(50, 1e-6), ...times(50, CHANCE)])).toBe(0);
  expect(calledAt([...times(50, 1e-6), ...times(50, 2 * CHANCE)])).toBeGreaterThan(50);
});

test('a setback halves the rate, counts, and forgets the losses', () => {
  const { state } = watchLoss(NO_DIVERGENCE, 3, CHANCE);
  const once = setBack(state);
  expect(once).toEqual({ smoothLoss: null, bestLoss: null, setbacks: 1, rateFactor: 0.5 });
  expect(setBack(once)).toMatchObject({ setbacks: 2, rateFactor: 0.25 });
});
