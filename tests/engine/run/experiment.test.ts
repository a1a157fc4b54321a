import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { argmaxRows } from '../../../src/core/metrics/probabilistic';
import type { ExperimentData } from '../../../src/core/run/experiment';
import type { FoldOutcome, Predictions } from '../../../src/core/run/predictions';
import type { CurvePoint, RunProgress } from '../../../src/core/run/record';
import { BASELINES, fittedBaselines } from '../../../src/core/settings/baselines';
import { methodDefinition } from '../../../src/core/settings/methods';
import type { Method, SettingChoices } from '../../../src/core/settings/settings';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { predict } from '../../../src/engine/tasks/classification/evaluate';
import { runExperiment } from '../../../src/engine/run/experiment';
import { startBackend } from '../../helpers/tf-node';
import { linearOf, MemoryStore, SILENT, stopAfter, toyData, toyInput, toyModel } from '../fit/toy';

const METHODS: Method[] = ['features', 'few-examples', 'top-layers', 'adapter', 'full'];
let model: Model;
/** For tests that ask how a run ends, not what it learns. */
const SHORT = { nEpochs: 2, batchSize: 16, maxSteps: 4 };

beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

function right({ rows, probabilities }: Predictions, data: ExperimentData): number {
  const answers = argmaxRows(probabilities, data.labels.length);
  return rows.reduce((sum, row, i) => sum + (answers[i] === data.labelIndices[row] ? 1 : 0), 0);
}

describe.each(METHODS)('%s', (method) => {
  test('learns a toy set, answers every row once, and leaves no tensor behind', async () => {
    const input = toyInput(method, model, { test: 30 });
    const before = tf.memory().numTensors;
    const outcome = await runExperiment(input);
    expect(tf.memory().numTensors).toBe(before);

    expect(outcome).toMatchObject({ complete: true, missing: [] });
    const asked = outcome.folds.flatMap(({ rows }) => [...rows]);
    expect(asked.sort((a, b) => a - b)).toEqual([...input.data.lines].map((line) => line - 1));
    const hits = outcome.folds.reduce((sum, fold) => sum + right(fold, input.data), 0);
    expect(hits / 60).toBeGreaterThan(0.8);

    const { test: answers, baselines } = outcome;
    const { baseline } = methodDefinition(method);
    for (const id of BASELINES) expect(baselines[id]).toHaveLength(id === baseline ? 0 : 3);
    if (!answers || !input.testData) throw new Error('There is a test part.');
    expect(right(answers, input.testData) / 30).toBeGreaterThan(0.8);
    for (const baseline of Object.values(answers.baselines)) expect(baseline.rows).toHaveLength(30);
  });

  test('the kept model gives the answers of the test part again', async () => {
    const input = toyInput(method, model, { test: 30, choices: { ...SHORT, trainEmbeddings: true } });
    const outcome = await runExperiment(input);
    if (!outcome.tuned || !outcome.test || !input.testData) throw new Error('The run is complete.');
    const before = tf.memory().numTensors;
    const again = await predict(model, outcome.tuned, input.testData.tokenIds, input.testData.texts);
    expect(tf.memory().numTensors).toBe(before);
    again.forEach((value, i) => expect(value).toBeCloseTo(outcome.test?.probabilities[i] ?? NaN, 4));
  });

  test('the same seed gives the same bits, another seed others', async () => {
    const options = { rows: 30, choices: { ...SHORT, dropout: 0.1 } };
    const first = await runExperiment(toyInput(method, model, options));
    const second = await runExperiment(toyInput(method, model, options));
    expect(second.folds.map(({ probabilities }) => probabilities)).toEqual(
      first.folds.map(({ probabilities }) => probabilities),
    );
    expect(second.tuned).toEqual(first.tuned);
    if (method === 'features') return;
    const other = await runExperiment({
      ...toyInput(method, model, options),
      plan: toyInput(method, model, { ...options, choices: { ...options.choices, seed: 7 } }).plan,
    });
    expect(other.tuned).not.toEqual(first.tuned);
  });

  // With a patience of 0 these rows are looked at for the curve.
  test.each([1, 0])('labels of the rows a fold is scored on change nothing in it (patience %i)', async (patience) => {
    const input = toyInput(method, model, {
      rows: 150,
      choices: { nEpochs: 2, maxSteps: 6, earlyStoppingPatience: patience },
    });
    const held = (row: number): boolean => input.plan.foldOf[row] === 0;
    const swapped = input.data.labelIndices.map((label, row) => (held(row) ? (label + 1) % 3 : label));
    const firstFolds = async (data: ExperimentData): Promise<FoldOutcome[]> => {
      const { folds, baselines } = await runExperiment({ ...input, data });
      return [folds, ...Object.values(baselines)].flatMap(([fold]) => (fold ? [{ ...fold, seconds: 0 }] : []));
    };
    const plain = await firstFolds(input.data);
    expect(plain).toHaveLength(1 + fittedBaselines(method).length);
    expect(await firstFolds({ ...input.data, labelIndices: swapped })).toEqual(plain);
  });

  test('a stop at any moment finishes early, says what is missing, and leaves no tensor behind', async () => {
    const input = toyInput(method, model, { rows: 30, test: 9, choices: SHORT });
    const whole = stopAfter(Infinity);
    await runExperiment({ ...input, control: whole });
    const before = tf.memory().numTensors;
    const every = Math.max(1, Math.floor(whole.looks() / 8));
    for (let looks = 0; looks < whole.looks(); looks += every) {
      const outcome = await runExperiment({ ...input, control: stopAfter(looks) });
      expect(tf.memory().numTensors).toBe(before);
      expect(outcome.complete).toBe(outcome.missing.length === 0);
      if (outcome.folds.length > 0) expect(outcome.tuned).not.toBeNull();
    }
  });

  test('a cancel throws at the next step and leaves no tensor behind', async () => {
    const input = toyInput(method, model, { rows: 30, choices: SHORT });
    const before = tf.memory().numTensors;
    for (const steps of method === 'features' ? [0] : [0, 2, 5]) {
      let done = 0;
      const run = runExperiment({
        ...input,
        observer: { ...SILENT, onPoint: () => done++ },
        control: {
          checkpoint: () =>
            done < steps ? Promise.resolve('continue') : Promise.reject(new AppError('cancelled', 'Cancelled.')),
        },
      });
      await expect(run).rejects.toMatchObject({ code: 'cancelled' });
      expect(done).toBe(steps);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

describe('a stopped run', () => {
  test('in the first fold keeps what that fold has reached, and says so', async () => {
    let steps = 0;
    const input = toyInput('full', model);
    const outcome = await runExperiment({
      ...input,
      observer: { ...SILENT, onPoint: () => steps++ },
      control: { checkpoint: () => Promise.resolve(steps >= 5 ? 'stop' : 'continue') },
    });
    expect(steps).toBe(5);
    expect(outcome.folds).toHaveLength(0);
    expect(outcome.tuned).not.toBeNull();
    expect(outcome.notes.join()).toMatch(/Stopped in the first fold/);
    expect(outcome.missing).toEqual(['3 of 3 folds', 'the final fit on all training rows']);
    expect(outcome.baselines.features_only).toHaveLength(3);
  });

  test('in a later fold keeps the last finished fold’s model', async () => {
    let folds = 0;
    const outcome = await runExperiment({
      ...toyInput('few-examples', model),
      observer: { ...SILENT, onFold: () => folds++ },
      control: { checkpoint: () => Promise.resolve(folds > 0 ? 'stop' : 'continue') },
    });
    expect(outcome.folds).toHaveLength(1);
    expect(outcome.tuned?.encoder.length).toBeGreaterThan(0);
    expect(outcome.notes.join()).toMatch(/that of fold 1/);
  });
});

describe('a pause', () => {
  test('holds the next step and is not counted as time', async () => {
    let points = 0;
    let ahead = 0;
    let paused = false;
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
    const input = toyInput('full', model, { rows: 30 });
    const outcome = await runExperiment({
      ...input,
      observer: { ...SILENT, onPoint: () => points++ },
      control: {
        checkpoint: async () => {
          if (points !== 3 || paused) return 'continue';
          paused = true;
          // An hour, in which nothing but other work gets its turns.
          ahead = 3_600_000;
          for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
          expect(points).toBe(3);
          return 'continue';
        },
      },
    });
    clock.mockRestore();
    expect(paused).toBe(true);
    expect(outcome.complete).toBe(true);
    expect(outcome.timings.foldsSeconds + outcome.timings.finalFitSeconds).toBeLessThan(3600);
  });
});

describe('training', () => {
  test('stops early on an inner part, restores the best, and the final fit follows the folds', async () => {
    const points: CurvePoint[] = [];
    // One label in five is wrong, so that learning by heart raises the validation loss.
    const clean = toyData(210);
    const data = {
      ...clean,
      labelIndices: clean.labelIndices.map((label, i) => (i % 5 === 0 ? (label + 1) % 3 : label)),
    };
    const choices = { nEpochs: 30, batchSize: 16, learningRate: 0.01, earlyStoppingPatience: 2 };
    const outcome = await runExperiment({
      ...toyInput('full', model, { data, choices }),
      observer: { ...SILENT, onPoint: (point) => points.push(point) },
    });
    for (const { fold, epochs, bestEpoch } of outcome.folds) {
      const seen = points.filter((point) => point.fold === fold && point.validLoss !== null);
      const best = seen.reduce((a, b) => ((b.validLoss ?? Infinity) < (a.validLoss ?? Infinity) ? b : a));
      expect(bestEpoch).toBe(best.epoch);
      expect(epochs).toBeLessThan(30);
      expect(epochs - (bestEpoch ?? 0)).toBe(2);
    }
    const lengths = outcome.folds.map(({ bestEpoch }) => bestEpoch ?? 0).sort((a, b) => a - b);
    expect(outcome.finalEpochs).toBeCloseTo(lengths[1] ?? 0);
    expect(points.some((point) => point.fold === 3 && point.validLoss !== null)).toBe(false);
    expect(outcome.notes.join()).toMatch(/the median of the lengths/);
  });

  test.each<[string, number, Partial<SettingChoices>, RegExp]>([
    ['30, patience set by hand', 30, { earlyStoppingPatience: 2 }, /Early stopping was off: too few rows/],
    ['150, which are enough for a patience set by hand but not for auto', 150, {}, /the planned length, as did every/],
  ])('few rows (%s) are all trained on, to the full length, and it is said', async (_, rows, choices, said) => {
    const points: CurvePoint[] = [];
    const outcome = await runExperiment({
      ...toyInput('full', model, { rows, choices: { nEpochs: 2, ...choices } }),
      observer: { ...SILENT, onPoint: (point) => points.push(point) },
    });
    for (const { epochs, steps, bestEpoch } of outcome.folds) {
      expect([epochs, bestEpoch]).toEqual([2, null]);
      expect(steps).toBe(2 * Math.ceil((rows * 2) / 3 / 8));
    }
    expect(outcome.notes.join()).toMatch(said);
    expect(outcome.finalEpochs).toBe(2);
    const looks = points.filter(({ validLoss }) => validLoss !== null);
    expect(looks.map(({ fold, epoch, watched }) => [fold, epoch, watched])).toEqual(
      [0, 1, 2].flatMap((fold) => [1, 2].map((epoch) => [fold, epoch, true])),
    );
  });

  test('a loss that is not finite stops the run and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const input = toyInput('full', model, { choices: { learningRate: 0.01 } });
    const wild = { ...input.plan.settings, learningRate: 1e30, headLearningRate: 1e30, maxGradNorm: 0 };
    const run = runExperiment({ ...input, plan: { ...input.plan, settings: wild } });
    await expect(run).rejects.toMatchObject({ code: 'non-finite' });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('accumulated batches take the step of one large batch', async () => {
    const losses = async (batchSize: number, gradientAccumulation: number): Promise<number> => {
      const seen: number[] = [];
      const choices = { batchSize, gradientAccumulation, nEpochs: 3, earlyStoppingPatience: 0 };
      await runExperiment({
        ...toyInput('full', model, { rows: 48, folds: 2, choices }),
        observer: { ...SILENT, onPoint: ({ trainLoss }) => seen.push(trainLoss ?? NaN) },
      });
      return seen[2] ?? NaN;
    };
    expect(await losses(6, 4)).toBeCloseTo(await losses(24, 1), 4);
  });

  test('an L1 penalty sets weights of the classifier to exactly 0', async () => {
    const zeros = async (l1: number): Promise<number> => {
      const { tuned } = await runExperiment(toyInput('features', model, { choices: { l1 } }));
      return linearOf(tuned).weight.filter((weight) => weight === 0).length;
    };
    expect(await zeros(0)).toBe(0);
    expect(await zeros(0.02)).toBeGreaterThan(10);
  });

  test('a class without a row in a fold’s training part gets no probability there, and the run goes on', async () => {
    const data = toyData(31);
    const labelIndices = data.labelIndices.map((label, row) => (row === 0 ? 2 : label === 2 ? 1 : label));
    const outcome = await runExperiment(
      toyInput('full', model, { data: { ...data, labelIndices }, choices: { classWeight: 'balanced', nEpochs: 1 } }),
    );
    expect(outcome.complete).toBe(true);
  });
});

describe('progress', () => {
  test('rises to its end, with every phase and a time left', async () => {
    const seen: Partial<RunProgress>[] = [];
    await runExperiment({
      ...toyInput('top-layers', model, { test: 9 }),
      observer: { ...SILENT, onProgress: (progress) => seen.push(progress) },
    });
    const shares = seen.map(({ progress }) => progress ?? NaN);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeGreaterThan(0.99);
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(
      new Set(['features', 'baselines', 'fold', 'final-fit', 'test']),
    );
  });

  test('the second run on the same data encodes nothing, and reads what is kept once, measured or not', async () => {
    const store = new MemoryStore();
    const puts: number[] = [];
    const gets: string[] = [];
    const counting = {
      get: (key: string) => {
        gets.push(key);
        return store.get(key);
      },
      put: (key: string, values: Float32Array) => {
        puts.push(values.length);
        return store.put(key, values);
      },
    };
    const input = { ...toyInput('features', model), features: counting };
    const first = await runExperiment(input);
    const afterFirst = puts.length;
    for (const measured of [true, false]) {
      gets.length = 0;
      const second = await runExperiment({ ...input, measured });
      expect(puts).toHaveLength(afterFirst);
      expect(second.tuned).toEqual(first.tuned);
      expect(gets.length).toBeGreaterThan(0);
      expect(gets).toEqual([...new Set(gets)]);
    }
  });
});
