import { expect, test } from 'vitest';
import type { RunProgress } from '../../../src/core/run/record';
import { Progress, type Part } from '../../../src/engine/fit/progress';

const PARTS: Part[] = [
  { key: 'read', phase: 'features', kind: 'encode', estimateMs: 1000 },
  { key: 'fold 0', phase: 'fold', kind: 'train', estimateMs: 4000 },
  { key: 'fold 1', phase: 'fold', kind: 'train', estimateMs: 4000 },
];

function watch(parts = PARTS) {
  const seen: Partial<RunProgress>[] = [];
  const clock = { workedMs: 0 };
  const progress = new Progress({ onProgress: (told) => seen.push(told) }, clock, parts);
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
    progress.report('read', i / 10, { rows: 50, tokens: 700 });
  }
  expect(seen.at(-1)?.examplesPerSecond).toBeCloseTo(50);
  expect(seen.at(-1)?.tokensPerSecond).toBeCloseTo(700);
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

test('of folds side by side the first is told of, and how far each is', () => {
  const { seen, clock, progress } = watch();
  clock.workedMs = 2000;
  progress.report('fold 0', 0.25, { fold: 0, step: 10 });
  progress.report('fold 1', 0.5, { fold: 1, step: 20, rows: 8 });
  const told = Object.assign({}, ...seen);
  expect(told).toMatchObject({ fold: 0, step: 10, phaseProgress: 0.25, foldShares: [0.25, 0.5] });
  progress.report('fold 0', 1, { fold: 0 });
  progress.report('fold 1', 0.6, { fold: 1, step: 24 });
  expect(seen.at(-1)).toMatchObject({ fold: 1, step: 24, phaseProgress: 0.6, foldShares: [1, 0.6] });
});

test('the time left of folds side by side is that of all together', () => {
  const { seen, clock, progress } = watch();
  // Each alone takes 8 s, which is what both take together, and as long as was estimated.
  for (let i = 1; i <= 6; i++) {
    clock.workedMs += 1000;
    progress.report('fold 0', i / 8);
    progress.report('fold 1', i / 8);
  }
  progress.finish('read');
  progress.report('fold 1', 6 / 8);
  expect(seen.at(-1)?.leftMs).toBeCloseTo(2000, -1);
});

test('of what goes on beside folds the first that began and is not done is told of', () => {
  const { seen, progress } = watch([
    { key: 'words', phase: 'baselines', kind: 'head', estimateMs: 1000 },
    ...PARTS.slice(1),
    { key: 'all rows', phase: 'final-fit', kind: 'head', estimateMs: 1000 },
  ]);
  const phase = (): string | undefined => Object.assign({}, ...seen).phase;
  // Nothing that did not begin is waited for.
  progress.report('fold 1', 0.1, { fold: 1 });
  expect(phase()).toBeUndefined();
  progress.report('fold 0', 0.1, { fold: 0 });
  expect(phase()).toBe('fold');
  progress.report('words', 0.5, { message: 'words' });
  progress.report('fold 0', 0.5, { fold: 0, message: 'a fold' });
  expect(phase()).toBe('baselines');
  expect(seen.at(-1)).toMatchObject({ foldShares: [0.5, 0.1] });
  progress.report('words', 1);
  progress.report('all rows', 0.5, { message: 'all rows' });
  expect(Object.assign({}, ...seen)).toMatchObject({ phase: 'baselines', message: 'words' });
  progress.report('fold 0', 0.6, { fold: 0, message: 'a fold' });
  expect(Object.assign({}, ...seen)).toMatchObject({ phase: 'fold', message: 'a fold' });
  progress.report('fold 0', 1);
  progress.report('fold 1', 1);
  progress.report('all rows', 0.6, { message: 'all rows' });
  expect(Object.assign({}, ...seen)).toMatchObject({ phase: 'final-fit', message: 'all rows' });
});
