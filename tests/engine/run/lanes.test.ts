import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { type KeptWork, knownPoints } from '../../../src/core/run/checkpoint';
import type { ExperimentOutcome, RunControl } from '../../../src/core/run/experiment';
import type { CurvePoint } from '../../../src/core/run/record';
import type { Method } from '../../../src/core/settings/settings';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { laneCount } from '../../../src/engine/run/lanes';
import type { FromRunThread, RunThreads, ToRunThread } from '../../../src/engine/run/run-threads';
import { type ExperimentInput, runExperiment } from '../../../src/engine/run/experiment';
import { startBackend } from '../../helpers/tf-node';
import { nodeThreads } from '../../helpers/threads';
import { differingBits, Notebook, timeless, toyInput, toyModel, toyContext, type ToyOptions } from '../fit/toy';

const OPTIONS: ToyOptions = {
  rows: 60,
  folds: 4,
  test: 6,
  choices: { nEpochs: 3, batchSize: 7, maxSteps: 12, dropout: 0.1 },
};

let model: Model;
let two: RunThreads;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
  two = await nodeThreads(2);
});
afterAll(() => disposeWeights(model.weights));

interface Whole {
  input: ExperimentInput;
  notebook: Notebook;
  outcome: ExperimentOutcome;
}

const alone = new Map<Method, Promise<Whole>>();

/** A run on one thread. */
function wholeRun(method: Method): Promise<Whole> {
  const known = alone.get(method);
  if (known) return known;
  const input = toyInput(method, model, OPTIONS);
  const notebook = new Notebook();
  const run = runExperiment({ ...input, observer: notebook.observer }).then((outcome) => ({
    input,
    notebook,
    outcome,
  }));
  alone.set(method, run);
  return run;
}

/** Of each fold in its own order. */
function byFold(points: readonly CurvePoint[]): CurvePoint[] {
  return [...points].sort((a, b) => a.fold - b.fold);
}

/** The same threads; every message is seen on its way, and kept from the receiver where the answer is false. */
function watched(
  threads: RunThreads,
  { to = () => undefined, from = () => true }: Partial<Watch>,
): { threads: RunThreads; alive: () => number } {
  let started = 0;
  let ended = 0;
  return {
    alive: () => started - ended,
    threads: {
      ...threads,
      start(listener) {
        const number = started++;
        const thread = threads.start({
          ...listener,
          onMessage(message) {
            if (from(message, number, (reason) => listener.onError(reason))) listener.onMessage(message);
          },
        });
        return {
          post(message, transfer) {
            to(message, number);
            thread.post(message, transfer);
          },
          end() {
            ended++;
            thread.end();
          },
        };
      },
    },
  };
}

interface Watch {
  to(message: ToRunThread, number: number): void;
  from(message: FromRunThread, number: number, die: (reason: string) => void): boolean;
}

describe.each<Method>(['few-examples', 'top-layers', 'adapter', 'full'])('%s', (method) => {
  test.each([2, 3])('on %i threads comes to the same bits, and tells the same of every fold', async (count) => {
    const { input, notebook, outcome } = await wholeRun(method);
    const fits: number[] = [];
    const { threads, alive } = watched(await nodeThreads(count), {
      to: (message) => void (message.type === 'fit' && fits.push(message.task.fold)),
    });
    const before = tf.memory().numTensors;
    const told = new Notebook();
    const shared = await runExperiment({ ...input, observer: told.observer, threads });
    expect(fits.slice(0, count - 1)).toEqual([1, 2].slice(0, count - 1));
    expect(differingBits(timeless(shared), timeless(outcome))).toBe(0);
    expect(byFold(told.points)).toEqual(byFold(notebook.points));
    expect(told.log).toEqual([]);
    expect(alive()).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('a helper that breaks down leaves its fold to this thread, from its last state, and nothing is told twice', async () => {
  const { input, notebook, outcome } = await wholeRun('full');
  const states: number[] = [];
  let dead = false;
  const { threads, alive } = watched(two, {
    from(message, _, die) {
      if (dead) return false;
      if (message.type === 'state') states.push(message.state.step);
      if (message.type === 'told' && message.told.length > 0 && states.length === 2) {
        dead = true;
        die('it ran out of memory.');
        return false;
      }
      return true;
    },
  });
  const told = new Notebook();
  const shared = await runExperiment({ ...input, observer: told.observer, checkpoints: told.checkpoints, threads });
  expect(dead).toBe(true);
  expect(told.log).toEqual([
    `The thread with fold 2 stopped, and the first thread goes on with it from step ${states[1]}: it ran out of memory.`,
  ]);
  expect(differingBits(timeless(shared), timeless(outcome))).toBe(0);
  expect(byFold(told.points)).toEqual(byFold(notebook.points));
  expect(alive()).toBe(0);
});

test('a helper that never starts leaves its fold to this thread, from its start', async () => {
  const { input, notebook, outcome } = await wholeRun('top-layers');
  const threads: RunThreads = {
    count: 1,
    lanes: 2,
    wasmUrl: null,
    start({ onError }) {
      setTimeout(() => onError('no such script.'), 1);
      return { post: () => undefined, end: () => undefined };
    },
  };
  const told = new Notebook();
  const shared = await runExperiment({ ...input, observer: told.observer, threads });
  expect(told.log).toEqual([
    'The thread with fold 2 stopped, and the first thread goes on with it from its start: no such script.',
  ]);
  expect(differingBits(timeless(shared), timeless(outcome))).toBe(0);
  expect(byFold(told.points)).toEqual(byFold(notebook.points));
});

test('a helper that hangs leaves its fold to this thread after a minute, from its last state', async () => {
  const { input, notebook, outcome } = await wholeRun('full');
  const states: number[] = [];
  const { threads, alive } = watched(two, {
    from(message) {
      if (states.length === 2) return false;
      if (message.type === 'state') states.push(message.state.step);
      return true;
    },
  });
  const told = new Notebook();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const running = runExperiment({ ...input, observer: told.observer, checkpoints: told.checkpoints, threads });
    let over = false;
    void running.finally(() => (over = true));
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (states.length === 2) vi.advanceTimersByTime(3000);
    }
    expect(differingBits(timeless(await running), timeless(outcome))).toBe(0);
  } finally {
    vi.useRealTimers();
  }
  expect(told.log).toEqual([
    expect.stringMatching(
      new RegExp(`^The thread with fold 2 stopped.* from step ${states[1]}: it did not answer for \\d+ s\\.$`),
    ),
  ]);
  expect(byFold(told.points)).toEqual(byFold(notebook.points));
  expect(alive()).toBe(0);
});

/** Both the first fold and a helper's have told points. */
function bothWork({ points }: Notebook): boolean {
  return [0, 1].every((fold) => points.some((point) => point.fold === fold));
}

/** Helpers that are waited for: `control` lets this thread go on when the first of them has told a point. */
function waitedFor(control: RunControl, from: Watch['from'] = () => true) {
  let atWork: () => void = () => undefined;
  const works = new Promise<void>((resolve) => (atWork = resolve));
  let fitting = false;
  const pool = watched(two, {
    to: (message) => void (fitting ||= message.type === 'fit'),
    from(message, number, die) {
      if (message.type === 'told' && message.told.some(({ type }) => type === 'point')) atWork();
      return from(message, number, die);
    },
  });
  const checkpoint = async (): Promise<'continue' | 'stop'> => {
    if (fitting) await works;
    return control.checkpoint();
  };
  return { ...pool, control: { ...control, checkpoint } };
}

test('a pause begins when every fold under way is kept and stands still', async () => {
  // Long folds: no machine is so busy that a helper is through with one while this thread makes a step.
  const input = toyInput('full', model, { ...OPTIONS, folds: 3, choices: { ...OPTIONS.choices, nEpochs: 15 } });
  const whole = new Notebook();
  const outcome = await runExperiment({ ...input, observer: whole.observer });
  const notebook = new Notebook(() => false);
  const { observer, checkpoints, points, pages } = notebook;
  let pause: 'ahead' | 'on' | 'over' = 'ahead';
  const since: string[] = [];
  const pausing = (): boolean => pause === 'ahead' && bothWork(notebook);
  const asked: RunControl = {
    pausing: () => Promise.resolve(pausing()),
    async checkpoint() {
      if (!pausing()) return 'continue';
      pause = 'on';
      const before = points.length;
      expect(pages.map(({ kept }) => kept.fits[0]?.fold).sort()).toEqual([0, 1]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(since).toEqual([]);
      expect(points).toHaveLength(before);
      pause = 'over';
      return 'continue';
    },
  };
  const { threads, control } = waitedFor(asked, ({ type }) => {
    if (pause === 'on') since.push(type);
    return true;
  });
  const shared = await runExperiment({ ...input, control, observer, checkpoints, threads });
  expect(pause).toBe('over');
  expect(differingBits(timeless(shared), timeless(outcome))).toBe(0);

  // What was kept at the pause is also what a run goes on from that is broken off in it: both folds at once.
  const kept = structuredClone(pages[1]?.kept);
  const first = pages[0]?.kept.fits[0];
  if (!kept || !first) throw new Error('Two folds were kept.');
  kept.fits.push(first);
  const rest = new Notebook();
  const resumed = await runExperiment({ ...input, kept, observer: rest.observer, threads: two });
  expect(differingBits(timeless(resumed), timeless(outcome))).toBe(0);
  const all = [...knownPoints(pages[1]?.points ?? [], { ...kept, done: doneOf(kept) }), ...rest.points];
  expect(byFold(all)).toEqual(byFold(whole.points));
});

test('a stop ends the helpers, and keeps the best of the first fold', async () => {
  const { input } = await wholeRun('full');
  const notebook = new Notebook();
  const { observer } = notebook;
  const stop: RunControl = { checkpoint: () => Promise.resolve(bothWork(notebook) ? 'stop' : 'continue') };
  const { threads, alive, control } = waitedFor(stop);
  const outcome = await runExperiment({ ...input, control, observer, threads });
  expect(bothWork(notebook)).toBe(true);
  expect(alive()).toBe(0);
  expect(outcome.missing[0]).toBe('4 of 4 folds');
  expect(outcome.tuned).not.toBeNull();
});

test('a cancel throws, and ends the helpers', async () => {
  const { input } = await wholeRun('full');
  const notebook = new Notebook();
  const before = tf.memory().numTensors;
  const gone = new AppError('cancelled', 'Cancelled.');
  const cancel: RunControl = {
    checkpoint: () => (bothWork(notebook) ? Promise.reject(gone) : Promise.resolve('continue')),
  };
  const { threads, alive, control } = waitedFor(cancel);
  const run = runExperiment({ ...input, control, observer: notebook.observer, threads });
  await expect(run).rejects.toThrow(gone);
  expect(alive()).toBe(0);
  expect(tf.memory().numTensors).toBe(before);
});

test('as many folds at once as there are lanes and folds; none beside it where there is nothing to train', () => {
  const threads: RunThreads = { ...two, lanes: 3 };
  const context = (method: Method) => ({ ...toyContext(toyInput(method, model, OPTIONS)), threads });
  expect(laneCount(context('full'), 4)).toBe(3);
  expect(laneCount(context('top-layers'), 2)).toBe(2);
  expect(laneCount(context('full'), 0)).toBe(1);
  expect(laneCount(context('features'), 4)).toBe(1);
  const many = toyInput('features', model, { ...OPTIONS, rows: 600, choices: { recipe: 'choose' } });
  expect(laneCount({ ...toyContext(many), threads }, 4)).toBe(3);
  // Every thread has the rows' means: [rows, 3, hidden].
  const { distinct } = toyContext(many).corpus;
  const bytes = 4 * 3 * model.config.hiddenSize * distinct.tokenIds.length;
  expect(laneCount({ ...toyContext(many), threads, prefixBytes: 2 * bytes }, 4)).toBe(2);
  expect(laneCount({ ...context('full'), threads: undefined }, 4)).toBe(1);
  // 250 MB of frozen layers' output: a fifth copy would be over the bytes for it, and so would a second of 800 MB.
  const wide = (hiddenSize: number) => {
    return {
      ...context('top-layers'),
      threads: { ...two, lanes: 5 },
      model: { family: model.family, config: { ...model.config, hiddenSize }, weights: model.weights },
    };
  };
  const tokens = wide(1).corpus.distinct.tokenIds.reduce((sum, ids) => sum + ids.length, 0);
  expect(laneCount(wide(Math.floor(250e6 / 4 / tokens)), 8)).toBe(4);
  expect(laneCount(wide(Math.floor(800e6 / 4 / tokens)), 8)).toBe(1);
  // What is not in memory is read by this thread alone.
  expect(laneCount({ ...context('top-layers'), prefixBytes: 4 * 16 * tokens - 1 }, 4)).toBe(1);
});

/** Folds of the method itself that are done. */
function doneOf({ folds }: Pick<KeptWork, 'folds'>): number[] {
  return folds.flatMap(({ id, outcome }) => (id === 'tuned' ? outcome.fold : []));
}
