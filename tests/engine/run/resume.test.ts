import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { type KeptWork, knownPoints } from '../../../src/core/run/checkpoint';
import type { ExperimentObserver, RunControl } from '../../../src/core/run/experiment';
import { concludeRun } from '../../../src/core/run/outcome';
import { RunPieces } from '../../../src/core/run/pieces';
import type { Method } from '../../../src/core/settings/settings';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { runExperiment } from '../../../src/engine/run/experiment';
import { startBackend } from '../../helpers/tf-node';
import { differingBits, Notebook, stopAfter, timeless, toyInput, toyModel, type ToyOptions } from '../fit/toy';

const METHODS: Method[] = ['features', 'few-examples', 'top-layers', 'adapter', 'full'];
const OPTIONS: ToyOptions = {
  rows: 40,
  folds: 2,
  test: 6,
  choices: { nEpochs: 2, batchSize: 7, maxSteps: 5, dropout: 0.1, loraDropout: 0.2 },
};

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

/** Breaks off after so many turns, as a closed tab does. */
function breakAfter(turns: number): RunControl {
  let seen = 0;
  const gone = new AppError('cancelled', 'Gone.');
  return { checkpoint: () => (++seen > turns ? Promise.reject(gone) : Promise.resolve('continue')) };
}

describe.each(METHODS)('%s', (method) => {
  test('broken off anywhere and taken up, a run comes to the same outcome and tells nothing twice', async () => {
    const input = toyInput(method, model, OPTIONS);
    const whole = new Notebook();
    const control = stopAfter(Infinity);
    const outcome = await runExperiment({ ...input, control, observer: whole.observer });
    const before = tf.memory().numTensors;
    for (let turns = 0; turns < control.looks(); turns += Math.ceil(control.looks() / 12)) {
      const broken = new Notebook();
      const { observer, checkpoints } = broken;
      const run = runExperiment({ ...input, control: breakAfter(turns), observer, checkpoints });
      // A run of few turns may have been through: how many it takes depends on the clock.
      await run.catch((error: unknown) => expect(error).toMatchObject({ code: 'cancelled' }));
      const kept = broken.keep();
      const last = broken.pages.at(-1)?.kept.fits[0];
      if (last && !kept.folds.some(({ id, outcome: { fold } }) => id === 'tuned' && fold === last.fold)) {
        kept.fits.push(last);
      }

      const rest = new Notebook();
      const resumed = await runExperiment({ ...input, kept: structuredClone(kept), observer: rest.observer });
      expect(differingBits(timeless(resumed), timeless(outcome))).toBe(0);
      expect([...knownPoints(broken.points, { ...kept, done: doneOf(kept) }), ...rest.points]).toEqual(whole.points);
      const pieces = [...kept.folds, ...rest.folds].map(({ id, outcome: { fold } }) => `${id} ${fold}`);
      expect(pieces).toEqual(whole.folds.map(({ id, outcome: { fold } }) => `${id} ${fold}`));
      expect([...kept.finals, ...rest.finals].map(({ id }) => id)).toEqual(whole.finals.map(({ id }) => id));
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** A run of method `full` that was broken off in its second fold, after three steps of it. */
async function interrupted() {
  const input = toyInput('full', model, OPTIONS);
  const notebook = new Notebook();
  const { observer, checkpoints } = notebook;
  await runExperiment({ ...input, observer, checkpoints });
  const page = notebook.pages.find(({ kept: { fits } }) => fits[0]?.part === 'fold 1' && fits[0].step === 3);
  if (!page) throw new Error('The second fold has more than three steps.');
  return { input, page, whole: notebook };
}

describe('a run that was taken up', () => {
  test('and stopped at once still has the folds, the baselines and the model of before', async () => {
    const { input, page } = await interrupted();
    const outcome = await runExperiment({ ...input, kept: page.kept, control: stopAfter(0) });
    expect(outcome.folds).toHaveLength(1);
    expect(outcome.baselines.tfidf_logistic_regression).toHaveLength(2);
    expect(outcome.missing).toEqual(['1 of 2 folds', 'the final fit on all training rows', 'the test part']);
    expect(outcome.tuned).toEqual(page.kept.fallback);
    expect(outcome.base).not.toBeNull();
    expect(outcome.trainedParameters).toBeGreaterThan(0);
    expect(outcome.notes.join()).toMatch(/that of fold 1/);
    // Put together later, from the same pieces, it is the same.
    const { folds, finals, fallback } = page.kept;
    const work = { pieces: new RunPieces({ folds, finals, fits: [] }), fallback, timings: outcome.timings };
    expect(concludeRun(work, input.plan, true)).toEqual(outcome);
    expect(outcome.timings.foldsSeconds).toBeGreaterThan(page.kept.folds.at(-1)?.outcome.seconds ?? Infinity);
  });

  test('counts its time and its progress on', async () => {
    const { input, page } = await interrupted();
    const seen: { progress: number; elapsedMs: number }[] = [];
    const onProgress: ExperimentObserver['onProgress'] = ({ progress = NaN, elapsedMs = NaN }) => {
      seen.push({ progress, elapsedMs });
    };
    const observer = { ...new Notebook().observer, onProgress };
    const kept = { ...page.kept, featuresSeconds: 50 };
    expect(page.kept.featuresSeconds).toBeGreaterThan(0);
    const { folds, timings } = await runExperiment({ ...input, kept, observer });
    expect(timings.featuresSeconds).toBeGreaterThanOrEqual(50);
    expect(seen[0]?.elapsedMs).toBeGreaterThanOrEqual(60_000);
    expect(seen[0]?.progress).toBeGreaterThan(0.5);
    expect(seen.map(({ progress }) => progress)).toEqual(seen.map(({ progress }) => progress).sort((a, b) => a - b));
    expect(folds[1]?.seconds).toBeGreaterThan((page.kept.fits[0]?.workedMs ?? Infinity) / 1000);
  });

  test('does not encode for baselines that are done', async () => {
    const { input, page } = await interrupted();
    const features = {
      get: () => Promise.reject(new Error('It asks for vectors.')),
      put: () => Promise.reject(new Error('It makes vectors.')),
    };
    expect((await runExperiment({ ...input, kept: page.kept, features })).complete).toBe(true);
  });

  test('begins a part again whose state is of another model, and says so', async () => {
    const { input, page } = await interrupted();
    const { kept } = structuredClone(page);
    kept.fits[0]?.weights.set('classifier.of.another', { shape: [1], values: new Float32Array(1) });
    const notebook = new Notebook();
    const outcome = await runExperiment({ ...input, kept, observer: notebook.observer });
    expect(notebook.log).toEqual(['Fold 2 begins again: what was kept of it is not of this model.']);
    expect(outcome.complete).toBe(true);
    expect(notebook.points[0]).toMatchObject({ fold: 1, step: 1 });
  });
});

test.each([
  ['between steps', { points: 1, step: 1, looked: 0, over: false }],
  ['while it looks at rows set aside', { points: 2, step: 2, looked: 0, over: false }],
  ['while it answers', { points: 3, step: 2, looked: 2, over: true }],
])('a pause %s stands still on a state that was kept before it', async (_, wanted) => {
  const input = toyInput('full', model, {
    rows: 280,
    folds: 2,
    choices: { nEpochs: 1, batchSize: 60, earlyStoppingPatience: 2 },
  });
  const notebook = new Notebook();
  const { observer, points, pages } = notebook;
  let asked = false;
  let keptBefore = NaN;
  const outcome = await runExperiment({
    ...input,
    observer,
    checkpoints: {
      // The message of the pause came with those let in before: the next question would wait.
      due: (at) => !asked && at === 'step' && points.length === wanted.points && (asked = true),
      save: async (state) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await notebook.checkpoints.save(state);
      },
    },
    control: {
      checkpoint: () => {
        if (asked && Number.isNaN(keptBefore)) keptBefore = pages.length;
        return Promise.resolve('continue');
      },
    },
  });
  expect(keptBefore).toBe(1);
  const kept = structuredClone(pages[0]?.kept ?? null);
  expect(kept?.fits[0]).toMatchObject(wanted);
  expect(differingBits(timeless(await runExperiment({ ...input, kept })), timeless(outcome))).toBe(0);
});

/** Folds of the method itself that are done. */
function doneOf({ folds }: Pick<KeptWork, 'folds'>): number[] {
  return folds.flatMap(({ id, outcome }) => (id === 'tuned' ? outcome.fold : []));
}
