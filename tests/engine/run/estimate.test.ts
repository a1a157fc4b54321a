import { expect, test } from 'vitest';
import { estimateParts, speedOf, type Speeds } from '../../../src/engine/run/estimate';
import type { PartLoad } from '../../../src/engine/run/workload';

const SPEEDS: Speeds = {
  forward: { passMs: 2, msPerFlop: 0.5 },
  further: [],
  training: { passMs: 10, msPerFlop: 1 },
  solvingMs: 3,
  threads: 4,
  lanes: 1,
};
const NONE = { passes: 0, flops: 0 };
const LOAD: PartLoad = {
  key: 'p',
  phase: 'fold',
  kind: 'train',
  forward: NONE,
  training: NONE,
  solving: 0,
  shared: false,
  pooled: false,
  encoder: 0,
};

const msOf = (load: Partial<PartLoad>): number => estimateParts([{ ...LOAD, ...load }], SPEEDS)[0]?.estimateMs ?? NaN;

test('a part takes what its passes, steps and classifiers take together', () => {
  expect(msOf({ forward: { passes: 3, flops: 8 } })).toBe(3 * 2 + 8 * 0.5);
  expect(msOf({ training: { passes: 3, flops: 8 } })).toBe(3 * 10 + 8);
  expect(msOf({ solving: 5 })).toBe(15);
});

test('threads share the passes that the run shares, and are not started for few', () => {
  const forward = { passes: 100, flops: 0 };
  expect(msOf({ forward, shared: true })).toBe(200 / 4);
  expect(msOf({ forward, shared: false })).toBe(200);
  expect(msOf({ forward: { passes: 5, flops: 0 }, shared: true })).toBe(10 / 2);
  expect(msOf({ forward: { passes: 1, flops: 0 }, shared: true })).toBe(2);
});

test('folds side by side take together as long as their rounds', () => {
  const folds = Array.from({ length: 5 }, (_, fold) => ({ ...LOAD, key: `fold ${fold}`, solving: 10 }));
  const final: PartLoad = { ...LOAD, key: 'final', phase: 'final-fit', solving: 10 };
  const ms = (lanes: number): number[] =>
    estimateParts([...folds, final], { ...SPEEDS, lanes }).map(({ estimateMs }) => estimateMs);
  expect(ms(1)).toEqual([30, 30, 30, 30, 30, 30]);
  // Two, two, one: three rounds.
  expect(ms(2)).toEqual([18, 18, 18, 18, 18, 30]);
  expect(ms(8)).toEqual([6, 6, 6, 6, 6, 30]);
});

test('what goes on beside folds shares all lanes with them', () => {
  const phases = ['baselines', 'fold', 'fold', 'final-fit'] as const;
  const loads = phases.map((phase, i): PartLoad => ({ ...LOAD, key: String(i), phase, pooled: true, solving: 10 + i }));
  const ms = (lanes: number): number[] =>
    estimateParts(loads, { ...SPEEDS, lanes }).map(({ estimateMs }) => estimateMs);
  expect(ms(1)).toEqual([30, 33, 36, 39]);
  expect(ms(2)).toEqual([15, 16.5, 18, 19.5]);
});

test('two timed passes give a fixed part and one that grows', () => {
  expect(speedOf({ flops: 10, ms: 7 }, { flops: 30, ms: 17 })).toEqual({ passMs: 2, msPerFlop: 0.5 });
});

test('where two passes tell nothing apart, time grows with the work', () => {
  const through = { passMs: 0, msPerFlop: 0.7 };
  expect(speedOf({ flops: 10, ms: 7 }, { flops: 10, ms: 7 })).toEqual(through);
  // Noise: the larger one was quicker, or so slow that a pass without work would take less than no time.
  expect(speedOf({ flops: 10, ms: 7 }, { flops: 30, ms: 6 })).toEqual(through);
  expect(speedOf({ flops: 10, ms: 7 }, { flops: 30, ms: 90 })).toEqual(through);
});
