import { expect, test } from 'vitest';
import type { RunProgress } from '../../../src/core/plan/run';
import { Progress, type Part } from '../../../src/engine/train/progress';

const PARTS: Part[] = [
  { key: 'read', phase: 'features', kind: 'encode', estimateMs: 1000 },
  { key: 'fold 0', phase: 'fold', kind: 'train', estimateMs: 4000 },
  { key: 'fold 1', phase: 'fold', kind: 'train', estimateMs: 4000 },
];

function watch() {
  const seen: Partial<RunProgress>[] = [];
  const clock = { workedMs: 0 };
  const progress = new Progress({ onProgress: (told) => seen.push(told) }, clock, PARTS);
  return { seen, clock, progress };
}

test('the time left follows what was measured, per kind of work', () => {
  const { seen, clock, progress } = watch();
  // Reading takes twice the estimate; nothing else is known yet, so everything is taken to.
  clock.workedMs = 2000;
  progress.report('read', 1);
  expect(seen.at(-1)?.leftMs).toBeCloseTo(16_000, -1);
  // Training takes half of its estimate.
  clock.workedMs = 3000;
  progress.report('fold 0', 0.5);
  expect(seen.at(-1)?.leftMs).toBeCloseTo(3000, -1);
  clock.workedMs = 6000;
  progress.report('fold 0', 1);
  progress.report('fold 1', 1);
  expect(seen.at(-1)).toMatchObject({ leftMs: 0, progress: 1, phase: 'fold', phaseProgress: 1 });
});

test('progress never falls, also when the work turns out longer', () => {
  const { seen, clock, progress } = watch();
  for (let i = 1; i <= 20; i++) {
    clock.workedMs += i * 500;
    progress.report('fold 0', i / 20);
  }
  const shares = seen.map((told) => told.progress ?? NaN);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
});

test('no time is guessed before something was seen', () => {
  const { seen, clock, progress } = watch();
  clock.workedMs = 10;
  progress.report('read', 0.01);
  expect(seen.at(-1)?.leftMs).toBeNull();
});

test('examples per second are those of the last while', () => {
  const { seen, clock, progress } = watch();
  for (let i = 1; i <= 10; i++) {
    clock.workedMs += 1000;
    progress.report('read', i / 10, { rows: 50 });
  }
  expect(seen.at(-1)?.examplesPerSecond).toBeCloseTo(50);
});

test('what was done before the run went on counts as done, and as no speed', () => {
  const { seen, clock, progress } = watch();
  progress.finish('read');
  progress.take('fold 0', 0.5);
  clock.workedMs = 2000;
  progress.report('fold 0', 0.75);
  // A quarter of 4 s took 2 s: a quarter and a whole fold are left.
  expect(seen.at(-1)?.leftMs).toBeCloseTo(10_000, -1);
  progress.report('fold 0', 0.6);
  expect(seen.at(-1)?.phaseProgress).toBe(0.75);
});
