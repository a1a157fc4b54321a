import { describe, expect, test } from 'vitest';
import type { JobState, RunProgress } from '../../../../src/core/run/record';
import { foldCount, foldSegments, jobSteps, phaseIndex, phaseLines } from '../../../../src/ui/screens/running/view';

const progress = (change: Partial<RunProgress>): RunProgress => ({
  phase: 'fold',
  message: '',
  fold: 0,
  folds: 3,
  epoch: 0,
  epochs: 4,
  step: 0,
  steps: 100,
  phaseProgress: 0,
  progress: 0,
  elapsedMs: 0,
  leftMs: null,
  examplesPerSecond: null,
  ...change,
});
const result = (fold: number, accuracy: number) => ({
  fold,
  metrics: { accuracy, macro_f1: accuracy },
  steps: 100,
  epochs: 4,
  bestEpoch: 3,
  seconds: 1,
});

describe('jobSteps', () => {
  test('a run at work has one current step, done ones before it', () => {
    for (const [state, at] of [
      ['validating', 0],
      ['queued', 1],
      ['running', 2],
      ['paused', 2],
    ] as [JobState, number][]) {
      const kinds = jobSteps(state).map(({ kind }) => kind);
      expect(kinds.indexOf('now')).toBe(at);
      expect(kinds.slice(0, at).every((kind) => kind === 'done')).toBe(true);
    }
  });

  test('a failed run never shows success', () => {
    for (const state of ['failed', 'cancelled', 'stopped', 'interrupted'] as const) {
      expect(jobSteps(state).map(({ words }) => words)).not.toContain('Succeeded');
    }
    expect(jobSteps('succeeded').every(({ kind }) => kind === 'done')).toBe(true);
  });
});

test('the run says how many folds there are: few groups allow fewer than were asked for', () => {
  expect(foldCount({ progress: null }, 5)).toBe(5);
  expect(foldCount({ progress: progress({ folds: 0 }) }, 5)).toBe(5);
  expect(foldCount({ progress: progress({ folds: 3 }) }, 5)).toBe(3);
});

describe('foldSegments', () => {
  test('finished folds show their accuracy, the one at work its progress, the others nothing', () => {
    const segments = foldSegments(
      { state: 'running', progress: progress({ fold: 1, phaseProgress: 0.69 }), folds: [result(0, 0.91)] },
      3,
    );
    expect(segments.map(({ value }) => value)).toEqual(['91.0', '69 %', '', '']);
    expect(segments.map(({ current }) => current)).toEqual([false, true, false, false]);
  });

  test('folds side by side each show their own progress', () => {
    const segments = foldSegments(
      {
        state: 'running',
        progress: progress({ fold: 0, phaseProgress: 0.5, foldShares: [0.5, 0.25, 0] }),
        folds: [],
      },
      3,
    );
    expect(segments.map(({ value }) => value)).toEqual(['50 %', '25 %', '', '']);
    expect(segments.map(({ current }) => current)).toEqual([true, true, false, false]);
  });

  test('a run that failed in a fold does not go on looking busy', () => {
    const segments = foldSegments(
      { state: 'failed', progress: progress({ fold: 1, phaseProgress: 0.69 }), folds: [result(0, 0.91)] },
      3,
    );
    expect(segments.some(({ current }) => current)).toBe(false);
    expect(segments[1]?.done).toBe(0);
  });

  test('the final fit is full only after it was made', () => {
    const at = (phase: RunProgress['phase'], state: JobState = 'running') =>
      foldSegments({ state, progress: progress({ phase, phaseProgress: 0.5 }), folds: [] }, 3).at(-1)?.done;
    expect(at('baselines')).toBe(0);
    expect(at('final-fit')).toBe(0.5);
    expect(at('test')).toBe(1);
    expect(at('report', 'succeeded')).toBe(1);
  });
});

describe('phaseLines', () => {
  const kinds = (phase: RunProgress['phase'] | null, furthest: number, over = false) =>
    phaseLines(phase, furthest, over, true).map(({ kind }) => kind);

  test('phases before the present one are done', () => {
    expect(kinds('baselines', phaseIndex('baselines'))).toEqual([
      'done',
      'done',
      'now',
      'ahead',
      'ahead',
      'ahead',
      'ahead',
    ]);
  });

  test('the phase in which a run broke off is not done', () => {
    expect(kinds(null, phaseIndex('loading-model'))).toEqual(Array.from({ length: 7 }, () => 'ahead'));
    expect(kinds(null, phaseIndex('features')).slice(0, 2)).toEqual(['done', 'ahead']);
  });

  test('reading texts once more does not undo the simpler methods', () => {
    expect(kinds('features', phaseIndex('baselines')).slice(0, 3)).toEqual(['done', 'now', 'done']);
  });

  test('a finished run has done all, and a run without a test part does not list it', () => {
    expect(new Set(kinds(null, -1, true))).toEqual(new Set(['done']));
    expect(phaseLines('fold', 3, false, false)).toHaveLength(6);
  });
});

describe('a run whose answers are written', () => {
  const segments = (change: Partial<RunProgress>, folds = 1) =>
    foldSegments({ state: 'running', progress: progress(change), folds: [] }, folds, 'generation');

  test('with one part held out, it trains, then answers', () => {
    expect(segments({ phase: 'fold', phaseProgress: 0.4 }).map(({ name, value }) => [name, value])).toEqual([
      ['Training', '40 %'],
      ['Answers', ''],
    ]);
    const answering = segments({ phase: 'test', phaseProgress: 0.5 });
    expect(answering.map(({ done, current }) => [done, current])).toEqual([
      [1, false],
      [0.5, true],
    ]);
    expect(segments({ phase: 'report' }).map(({ done }) => done)).toEqual([1, 1]);
  });

  test('answers behind a fold do not make the final fit done, and a fold is told by its loss', () => {
    expect(segments({ phase: 'test' }, 3).at(-1)).toMatchObject({ name: 'Final fit', done: 0 });
    const folds = [{ ...result(0, 0.5), metrics: { loss: 1.234 } }];
    const told = foldSegments({ state: 'running', progress: progress({ fold: 1 }), folds }, 3, 'generation');
    expect(told[0]?.value).toBe('1.23');
  });

  test('its phases are its own, and the final fit is none of them where one part is held out', () => {
    const titles = (folds: number) =>
      phaseLines('fold', 1, false, false, 'generation', folds).map(({ title }) => title);
    expect(titles(1)).not.toContain('Train the model to keep');
    expect(titles(1)).toContain('Answer the rows kept apart');
    expect(titles(3)).toContain('Train the model to keep');
    expect(titles(3)).not.toContain('Read every text once');
  });
});
