import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { FitState } from '../../../src/core/run/checkpoint';
import type { RunControl } from '../../../src/core/run/experiment';
import type { Backend, Method } from '../../../src/core/settings/settings';
import { type DeviceGuard, NO_GUARD } from '../../../src/engine/device/guard';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { classificationMethod } from '../../../src/engine/tasks/classification/registry';
import { Fork } from '../../../src/engine/fit/fork';
import { unread } from '../../../src/engine/tasks/classification/reading';
import type { TaskContext } from '../../../src/engine/tasks/classification/method';
import * as steps from '../../../src/engine/fit/step';
import { startBackend } from '../../helpers/tf-node';
import { differingBits, firstFold, linearOf, Notebook, toyInput, toyModel, toyContext, type ToyOptions } from './toy';

const learnerOf = (context: TaskContext) =>
  classificationMethod(context.settings.method).learner(context, unread(context.corpus));

/** 20 steps: for a fine-tuning 4 epochs of 5, looked at after each. */
const FINE: ToyOptions = {
  rows: 150,
  choices: { nEpochs: 4, batchSize: 26, dropout: 0.1, earlyStoppingPatience: 4 },
};
/** The same on all rows but those that the fold is scored on, which are looked at after each epoch. */
const WATCHED: ToyOptions = { ...FINE, choices: { ...FINE.choices, earlyStoppingPatience: 0 } };
const WATCHED_ROWS = 20;
const PAIRS: ToyOptions = { rows: 40, choices: { maxSteps: 20, batchSize: 4, dropout: 0.1 } };

describe.each<[Backend, Method, ToyOptions]>([
  ['wasm', 'full', FINE],
  ['wasm', 'full', WATCHED],
  ['wasm', 'top-layers', FINE],
  ['wasm', 'few-examples', PAIRS],
  ['webgpu', 'full', FINE],
  ['webgpu', 'few-examples', PAIRS],
])('%s, %s', (backend, method, options) => {
  test('a fit taken up at any of its 20 steps, and within a look, goes on with the same bits', async () => {
    await startBackend(backend);
    const model = toyModel();
    const before = tf.memory().numTensors;
    /** A fit that is stopped at its checkpoint number `last`; null when it was. */
    const fitWith = async (notebook: Notebook, state: FitState | null, last: number) => {
      const { observer, checkpoints, pages } = notebook;
      const control: RunControl = {
        checkpoint: () => Promise.resolve(pages.length > last ? 'stop' : 'continue'),
      };
      const context = toyContext({ ...toyInput(method, model, options), observer, checkpoints, control });
      const learner = learnerOf(context);
      await learner.prepare();
      const fit = await learner.fit(firstFold(context, state, options === WATCHED ? WATCHED_ROWS : 0));
      if (!fit) return null;
      const { steps, epochs, bestEpoch, notes } = fit;
      const done = { steps, epochs, bestEpoch, notes, model: await fit.keep() };
      fit.dispose();
      return done;
    };

    const whole = new Notebook();
    const expected = await fitWith(whole, null, Infinity);
    const states = whole.pages.map(({ kept }) => timeless(kept.fits[0]));
    expect(new Set(states.map(({ step }) => step))).toEqual(new Set(Array.from({ length: 21 }, (_, step) => step)));

    // Each state leads to the next one, so any of them leads to the end.
    for (const [i, state] of states.slice(0, -1).entries()) {
      const rest = new Notebook();
      await fitWith(rest, structuredClone(state), 0);
      expect([i, differingBits(timeless(rest.pages[0]?.kept.fits[0]), states[i + 1])]).toEqual([i, 0]);
      expect([...(whole.pages[i]?.points ?? []), ...rest.points]).toEqual(whole.pages[i + 1]?.points);
    }
    for (const i of [5, states.length - 1]) {
      const end = await fitWith(new Notebook(() => false), structuredClone(states[i] ?? null), Infinity);
      expect(differingBits(end, expected)).toBe(0);
    }
    expect(tf.memory().numTensors).toBe(before);
    disposeWeights(model.weights);
  });
});

function timeless(state: FitState | undefined): FitState {
  if (!state) throw new Error('A checkpoint has a state.');
  return { ...state, workedMs: 0 };
}

describe('on wasm', () => {
  const { optimizerStep } = steps;
  afterEach(() => vi.restoreAllMocks());

  /** A fit of method `full` whose steps are given to `meddle` first; its points, its log and its end. */
  async function fitWith(
    meddle: (call: number, plan: steps.StepPlan) => steps.StepResult | undefined,
    options: ToyOptions = {},
    guard: DeviceGuard = NO_GUARD,
    watch = 0,
  ) {
    await startBackend('wasm');
    const model: Model = toyModel();
    let call = 0;
    const plans: steps.StepPlan[] = [];
    vi.spyOn(steps, 'optimizerStep').mockImplementation((plan) => {
      plans.push(plan);
      const result = meddle(++call, plan);
      return result ? Promise.resolve(result) : optimizerStep(plan);
    });
    const notebook = new Notebook();
    const { observer, checkpoints } = notebook;
    const choices = { nEpochs: 3, batchSize: 10, earlyStoppingPatience: 0, ...options.choices };
    const input = toyInput('full', model, { rows: 40, ...options, choices });
    const context = toyContext({ ...input, observer, checkpoints, guard });
    const before = tf.memory().numTensors;
    try {
      const fit = await learnerOf(context).fit(firstFold(context, null, watch));
      const kept = await fit?.keep();
      fit?.dispose();
      expect(tf.memory().numTensors).toBe(before);
      return { ...notebook, plans, fit, kept, error: null };
    } catch (error) {
      expect(tf.memory().numTensors).toBe(before);
      return { ...notebook, plans, fit: null, kept: null, error };
    } finally {
      disposeWeights(model.weights);
    }
  }

  test('numbers that are not finite send it back to its start at half the rate, and that is said', async () => {
    const broken = new AppError('non-finite', 'NaN', { details: { step: 6 } });
    const plain = await fitWith(() => undefined);
    const { points, log, fit, plans } = await fitWith((call) => {
      if (call === 6) throw broken;
      return undefined;
    });
    expect(points.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, ...points.slice(5).map((_, i) => i + 1)]);
    expect(points).toHaveLength(5 + 12);
    expect(points[5]?.trainLoss).toBe(plain.points[0]?.trainLoss);
    points.slice(5).forEach(({ learningRate }, i) => {
      expect(learningRate).toBe((plain.points[i]?.learningRate ?? NaN) / 2);
    });
    expect(plans.at(-1)?.optimizer.step).toBe(12);
    expect(log.join()).toMatch(/Fold 1 lost its way at step 5: its numbers .* from its start at 1\/2 of the learning/);
    expect(fit?.notes.join()).toMatch(/Fold 1 lost its way once and was trained at 1\/2 of the learning rate/);
    expect(fit?.steps).toBe(12);
  });

  test('with rows set aside it goes back to the weights that were best on them', async () => {
    const options = { rows: 150, choices: { nEpochs: 4, batchSize: 26, earlyStoppingPatience: 4 } };
    const { points, log, plans } = await fitWith((call) => {
      if (call === 13) throw new AppError('non-finite', 'NaN');
      return undefined;
    }, options);
    const best = points.slice(0, 14).filter(({ validLoss }) => validLoss !== null);
    const bestStep = best.reduce((a, b) => ((b.validLoss ?? NaN) < (a.validLoss ?? NaN) ? b : a)).step;
    expect(log.join()).toContain(`the weights of step ${bestStep}`);
    expect(points[14]?.step).toBe(bestStep + 1);
    expect(plans.at(-1)?.optimizer.step).toBe(20 - bestStep);
  });

  test('rows that the fold is scored on give a curve, and the fit is the same to the bit without looking at them', async () => {
    const choices = { dropout: 0.1 };
    const plain = await fitWith(() => undefined, { rows: 40, choices });
    const seen = await fitWith(() => undefined, { rows: 60, choices }, NO_GUARD, 20);
    const looks = seen.points.filter(({ validLoss }) => validLoss !== null);
    expect(looks.map(({ step, watched }) => [step, watched])).toEqual([
      [4, true],
      [8, true],
      [12, true],
    ]);
    expect(looks.every(({ metrics }) => metrics?.accuracy !== undefined)).toBe(true);
    expect(seen.points.filter(({ validLoss }) => validLoss === null)).toEqual(plain.points);
    expect(differingBits(seen.kept, plain.kept)).toBe(0);
    expect(seen.fit?.bestEpoch).toBeNull();
  });

  test('a loss that has risen to ten times its best counts too, a single high one does not', async () => {
    const lossOf = (loss: number): steps.StepResult => ({ loss, gradNorm: 1, gradNorms: new Map() });
    const outlier = await fitWith((call) => lossOf(call === 6 ? 5 : 1));
    expect(outlier.log).toEqual([]);
    const runaway = await fitWith((call) => lossOf(call < 5 || call > 7 ? 1 : 60 * call));
    expect(runaway.log.join()).toMatch(/lost its way at step 5: its loss rose to 300/);
    expect(runaway.log).toHaveLength(1);
  });

  test('after three setbacks it stops with advice', async () => {
    const { log, error } = await fitWith((call) => {
      if (call % 3 === 0) throw new AppError('non-finite', 'NaN', { details: { loss: 'NaN' } });
      return undefined;
    });
    expect(log).toHaveLength(3);
    expect(log[2]).toContain('1/8');
    expect(error).toMatchObject({ code: 'non-finite', details: { loss: 'NaN', step: 2 } });
    expect(String(error)).toMatch(/learning rate at least ten times smaller/);
  });

  test('a step for which memory ran out is done again in halves: the same model, and it is said once', async () => {
    const options = { choices: { dropout: 0.1 } };
    const plain = await fitWith(() => undefined, options);
    const { log, points, kept, plans } = await fitWith((_, plan) => {
      if (plan.losses.length < 3) throw new AppError('out-of-memory', 'Full.');
      return undefined;
    }, options);
    expect(log.length).toBeGreaterThanOrEqual(1);
    expect(log[0]).toMatch(/ran out of memory: batches are computed in parts of \d+ tokens/);
    expect(points.map(({ step }) => step)).toEqual(plain.points.map(({ step }) => step));
    points.forEach(({ trainLoss }, i) => expect(trainLoss).toBeCloseTo(plain.points[i]?.trainLoss ?? NaN, 4));
    const wanted = linearOf(plain.kept).weight;
    linearOf(kept).weight.forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? NaN, 3));
    // Found once, the size stays: no step after the first tries the whole batch again.
    expect(plans.filter(({ losses }) => losses.length === 1)).toHaveLength(1);
  });

  test('where each row is read twice, a part has half as many tokens, and halves again where memory runs out', async () => {
    const partsOf = async (rDrop: number, fails: number) => {
      const options: ToyOptions = { rows: 130, choices: { nEpochs: 1, batchSize: 100, dropout: 0.1, rDrop } };
      const { plans } = await fitWith((call) => {
        if (call <= fails) throw new AppError('out-of-memory', 'Full.');
        return undefined;
      }, options);
      return plans.slice(0, fails + 1).map(({ losses }) => losses.length);
    };
    expect(await partsOf(0, 1)).toEqual([1, 2]);
    expect(await partsOf(1, 1)).toEqual([2, 4]);
  });

  test('memory that ran out outside of a step is not sought in smaller steps', async () => {
    const failure = new AppError('out-of-memory', 'A copy of the weights.');
    let failed = false;
    const guard: DeviceGuard = {
      check: () => {
        if (failed) throw failure;
      },
    };
    const { error, log, plans } = await fitWith(
      (call) => {
        failed = call === 3;
        guard.check();
        return undefined;
      },
      {},
      guard,
    );
    expect(error).toBe(failure);
    expect(log).toEqual([]);
    expect(plans).toHaveLength(3);
  });

  test.each([
    ['the device', new AppError('out-of-memory', 'Full.')],
    ['the thread', new RangeError('Array buffer allocation failed')],
  ])(
    'a state for which %s has no memory is not kept: that is said once, is not tried at every step, and the fit goes on',
    async (_, error) => {
      const plain = await fitWith(() => undefined);
      const read = vi.spyOn(Fork.prototype, 'read').mockRejectedValue(error);
      const fitted = await fitWith(() => undefined);
      expect(fitted.error).toBeNull();
      expect(fitted.points).toEqual(plain.points);
      expect(fitted.pages).toEqual([]);
      expect(fitted.log).toEqual([
        expect.stringMatching(/^Fold 1 could not be kept at step 0: .* What was kept before still holds/),
      ]);
      expect(read).toHaveBeenCalledTimes(1);
    },
  );

  test('a device that was lost while a state is read ends it', async () => {
    const lost = new AppError('device-lost', 'Gone.');
    vi.spyOn(Fork.prototype, 'read').mockRejectedValue(lost);
    expect((await fitWith(() => undefined)).error).toBe(lost);
  });

  test('where one text alone is too much it stops with advice', async () => {
    const { log, error, points, plans } = await fitWith(() => {
      throw new AppError('out-of-memory', 'Full.');
    });
    expect(points).toEqual([]);
    expect(plans.at(-1)?.losses).toHaveLength(10);
    expect(log.length).toBeLessThanOrEqual(5);
    expect(error).toMatchObject({ code: 'out-of-memory' });
    expect(String(error)).toContain('one text at a time');
  });
});

test.each<[Method, ToyOptions]>([
  ['full', FINE],
  ['few-examples', PAIRS],
])('%s: a state that cannot be taken up leaves no tensor behind', async (method, options) => {
  await startBackend('wasm');
  const model = toyModel();
  const before = tf.memory().numTensors;
  const notebook = new Notebook();
  const control: RunControl = { checkpoint: () => Promise.resolve(notebook.pages.length > 2 ? 'stop' : 'continue') };
  const context = toyContext({ ...toyInput(method, model, options), checkpoints: notebook.checkpoints, control });
  (await learnerOf(context).fit(firstFold(context)))?.dispose();
  const state = timeless(structuredClone(notebook.pages.at(-1)?.kept.fits[0]));
  state.optimizer.moments.set('stray', { first: new Float32Array(1), second: new Float32Array(1) });
  await expect(learnerOf(context).fit(firstFold(context, state))).rejects.toThrow('«stray»');
  expect(tf.memory().numTensors).toBe(before);
  disposeWeights(model.weights);
});
