/** Runs that read with two tiny encoders: what they choose, keep and answer, and that the second leaves the device. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExperimentOutcome } from '../../../src/core/run/experiment';
import { encodersOfHead, isOfRecipes } from '../../../src/core/run/trained-model';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { type ExperimentInput, runExperiment } from '../../../src/engine/run/experiment';
import type { RunThreads } from '../../../src/engine/run/run-threads';
import { openKeptModels } from '../../../src/engine/tasks/classification/evaluate';
import type { FurtherEncoder } from '../../../src/engine/tasks/classification/further-encoder';
import { startBackend } from '../../helpers/tf-node';
import { nodeThreads } from '../../helpers/threads';
import {
  differingBits,
  MemoryStore,
  Notebook,
  timeless,
  toyData,
  toyInput,
  toyModel,
  type ToyOptions,
} from '../fit/toy';

const CHOOSE: ToyOptions = { rows: 60, test: 12, folds: 3, choices: { recipe: 'choose' } };

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

/** A second model with tokens of its own, and how often it was put on the device. */
function second(data: ExperimentInput) {
  const { family, config } = model;
  let [placed, closed] = [0, 0];
  // Another tokenizer gives other ids to the same texts.
  const shifted = (ids: Int32Array): Int32Array => ids.map((id) => (id < 3 ? id : 39 - (id - 3)));
  const tokenIds = [...data.data.tokenIds, ...(data.testData?.tokenIds ?? [])].map(shifted);
  const encoder: FurtherEncoder = {
    maxTokens: 64,
    ...{ family, config, id: 'second', sha256: 'second', tokenIds },
    names: [null, Int32Array.of(1, 20, 2), Int32Array.of(1, 21, 2)],
    place() {
      placed++;
      return toyModel(77);
    },
    close: () => void closed++,
  };
  return { encoder, placed: () => placed, closed: () => closed };
}

function inputOf(
  options: ToyOptions = CHOOSE,
  method = 'features',
): ExperimentInput & { other: ReturnType<typeof second> } {
  const input = toyInput(method, model, options);
  const other = second(input);
  const names = [null, Int32Array.of(1, 4, 2), Int32Array.of(1, 5, 2)];
  return { ...input, names, further: [other.encoder], other };
}

test('features only chooses on each fold, keeps what the plain recipe answers to the same rows, and leaves no tensor', async () => {
  const before = tf.memory().numTensors;
  const input = inputOf();
  const { recipes, folds, test: tested } = await runExperiment(input);
  expect(tf.memory().numTensors).toBe(before);
  expect([input.other.placed(), input.other.closed()]).toEqual([1, 1]);
  if (!recipes || !tested) throw new Error('nothing was chosen');
  expect(recipes.folds.map(({ fold }) => fold)).toEqual([0, 1, 2]);
  expect(recipes.plain.map(({ rows }) => rows)).toEqual(folds.map(({ rows }) => rows));
  const tried = recipes.folds.flatMap(({ choice }) => choice.trials.map(({ recipe }) => recipe));
  expect(new Set(tried.flatMap(({ encoders }) => encoders))).toEqual(new Set(['toy', 'second']));
  expect(tried.some(({ names }) => names > 0)).toBe(true);
  // The plain recipe is the run's own that a person would have got without a choice, to the bit.
  const plain = await runExperiment(toyInput('features', model, { ...CHOOSE, choices: { recipe: 'plain' } }));
  expect(recipes.plain.map(({ probabilities }) => probabilities)).toEqual(
    plain.folds.map((fold) => fold.probabilities),
  );
  expect(recipes.plainTest?.probabilities).toEqual(plain.test?.probabilities);
  expect(recipes.final?.recipes.length).toBeGreaterThan(0);
  expect(tested.probabilities).not.toEqual(plain.test?.probabilities);
});

/** So many rows that a fold is worth a thread. */
const MANY: ToyOptions = { ...CHOOSE, rows: 360, folds: 3 };

let whole: Promise<{ outcome: ExperimentOutcome; notebook: Notebook }> | null = null;

/** Its run without helpers. */
function onOneThread() {
  const notebook = new Notebook();
  return (whole ??= runExperiment({ ...inputOf(MANY), observer: notebook.observer }).then((outcome) => ({
    outcome,
    notebook,
  })));
}

test('folds side by side choose, answer and tell the same, to the bit', async () => {
  const input = inputOf(MANY);
  const { outcome: alone, notebook: whole } = await onOneThread();
  const fits: number[] = [];
  const pool = await nodeThreads(2);
  const threads: typeof pool = {
    ...pool,
    start(listener) {
      const thread = pool.start(listener);
      const post: typeof thread.post = (message, transfer) => {
        // Reading is shared out too; no fold needs the encoder.
        if (message.type === 'fit') fits.push(message.task.fold);
        thread.post(message, transfer);
      };
      return { ...thread, post, end: () => thread.end() };
    },
  };
  const told = new Notebook();
  const before = tf.memory().numTensors;
  const shared = await runExperiment({ ...input, observer: told.observer, threads });
  expect(tf.memory().numTensors).toBe(before);
  expect(fits[0]).toBe(1);
  expect(alone.recipes?.folds.map(({ choice }) => choice.trials.length)).toEqual([11, 11, 11]);
  expect(differingBits(timeless(shared), timeless(alone))).toBe(0);
  const pieces = ({ folds }: Notebook): unknown[] =>
    folds
      .filter(({ id }) => id === 'tuned')
      .sort((a, b) => a.outcome.fold - b.outcome.fold)
      .map(({ recipe, chosenC, trainedParameters, notes }) => ({ recipe, chosenC, trainedParameters, notes }));
  expect(differingBits(pieces(told), pieces(whole))).toBe(0);
  expect(told.log).toEqual([]);
});

/** A helper that starts, takes folds, and says nothing until it is told to die. */
function silentHelper() {
  const fits: number[] = [];
  let die = (): void => undefined;
  const threads: RunThreads = {
    count: 1,
    lanes: 2,
    wasmUrl: null,
    start(listener) {
      die = () => listener.onError('it was taken away.');
      queueMicrotask(() => listener.onMessage({ type: 'started' }));
      return {
        post: (message) => void (message.type === 'fit' && fits.push(message.task.fold)),
        end: () => undefined,
      };
    },
  };
  return { threads, fits, die: () => die() };
}

test('helpers begin before words are compared, and have the last folds while this thread fits to all rows', async () => {
  const input = inputOf(MANY);
  const { outcome: alone } = await onOneThread();
  const helper = silentHelper();
  const order: string[] = [];
  const notebook = new Notebook();
  const shared = await runExperiment({
    ...input,
    threads: helper.threads,
    observer: {
      ...notebook.observer,
      onBaseline: ({ id }) => void order.push(`${id} beside ${helper.fits.join()}`),
      onFold: ({ outcome }) => void order.push(`fold ${outcome.fold}`),
      onProgress: ({ phase, foldShares }) => {
        // Of a part behind an unfinished fold no phase is told.
        if (!order.includes('fold 0') || phase !== undefined || foldShares !== undefined) return;
        if (!order.includes('all rows')) order.push('all rows');
        helper.die();
      },
    },
  });
  expect([...new Set(order)]).toEqual([
    'majority beside 1',
    'tfidf_logistic_regression beside 1',
    'fold 0',
    'all rows',
    'fold 1',
    'fold 2',
  ]);
  expect(differingBits(timeless(shared), timeless(alone))).toBe(0);
  expect(notebook.log[0]).toMatch(/^The thread with fold 2 stopped.*taken away/);
});

test('a stop while words are compared ends the helpers, and says what is missing', async () => {
  const input = inputOf(MANY);
  const helper = silentHelper();
  let ended = 0;
  const threads: RunThreads = {
    ...helper.threads,
    start(listener) {
      const thread = helper.threads.start(listener);
      return { ...thread, end: () => void ended++ };
    },
  };
  let compared = false;
  const { complete, missing, folds } = await runExperiment({
    ...input,
    threads,
    observer: { ...new Notebook().observer, onBaseline: () => void (compared = true) },
    control: { checkpoint: () => Promise.resolve(compared ? 'stop' : 'continue') },
  });
  expect([complete, folds.length, ended]).toEqual([false, 0, 1]);
  expect(missing.join()).toMatch(/fold/);
});

test('the kept model answers the test rows again with every encoder that it names', async () => {
  const input = inputOf();
  const { tuned, test: tested } = await runExperiment(input);
  if (!tuned || !tested || !input.testData || !input.further) throw new Error('nothing was kept');
  expect(isOfRecipes(tuned.head)).toBe(true);
  const other = toyModel(77);
  const ids = encodersOfHead(tuned.head);
  const [{ tokenIds } = { tokenIds: [] }] = input.further;
  const encoders = { toy: model, second: other };
  const tokens = { toy: input.testData.tokenIds, second: tokenIds.slice(60) };
  const asked = (['second', 'toy'] as const).filter((id) => ids.includes(id));
  const predictor = openKeptModels(
    asked.map((id) => ({ id, encoder: encoders[id] })),
    [structuredClone(tuned)],
    { first: 'toy' },
  );
  const question = { texts: input.testData.texts, tokenIds: asked.map((id) => tokens[id]) };
  expect((await predictor.predict(question))[0]).toEqual(tested.probabilities);
  predictor.dispose();
  disposeWeights(other.weights);
});

test('what was read is kept: a second run with other folds puts no second encoder on the device', async () => {
  const first = inputOf();
  await runExperiment(first);
  const again = { ...inputOf({ ...CHOOSE, folds: 2 }), features: first.features };
  await runExperiment(again);
  expect(again.other.placed()).toBe(0);
});

test('an encoder that nothing is trained of is let go when it has read, one that is trained is not', async () => {
  for (const [method, times] of [
    ['features', 1],
    ['full', 0],
  ] as const) {
    let letGo = 0;
    const choices = { recipe: 'choose', nEpochs: 1 } as const;
    await runExperiment({ ...inputOf({ ...CHOOSE, choices }, method), letGo: () => void letGo++ });
    expect(letGo).toBe(times);
  }
});

test('broken off between folds and taken up, it comes to the same bits', async () => {
  const whole = new Notebook();
  const outcome = await runExperiment({ ...inputOf(), observer: whole.observer });
  for (const count of [0, 4, whole.folds.length]) {
    const kept = {
      folds: whole.folds.slice(0, count),
      finals: count > 3 ? whole.finals : [],
      fits: [],
      fallback: null,
    };
    const times = { workedMs: 0, featuresSeconds: 0 };
    const resumed = await runExperiment({ ...inputOf(), kept: structuredClone({ ...kept, ...times }) });
    expect(differingBits(timeless(resumed), timeless(outcome))).toBe(0);
  }
});

test('threads read with the second encoder too, to the same bits', async () => {
  const alone = await runExperiment(inputOf());
  const shared = await runExperiment({ ...inputOf(), threads: await nodeThreads(2) });
  expect(differingBits(timeless(shared), timeless(alone))).toBe(0);
});

test('both encoders with the plain recipe are joined, and say which strength was chosen', async () => {
  const { tuned, recipes, notes } = await runExperiment(inputOf({ ...CHOOSE, choices: { recipe: 'plain' } }));
  expect(recipes?.final).toMatchObject({
    how: 'given',
    recipes: [{ encoders: ['toy', 'second'], layers: 1, centred: true }],
  });
  expect(recipes?.plain).toHaveLength(recipes?.folds.length ?? 0);
  expect(tuned && encodersOfHead(tuned.head)).toEqual(['toy', 'second']);
  expect(notes.join()).toContain('C was chosen');
});

test('the estimate counts the reading of each encoder, and what is kept as nothing', async () => {
  const notebook = new Notebook();
  const readings: (number[] | undefined)[] = [];
  const observer = {
    ...notebook.observer,
    onEstimate: ({ reading }: { reading?: { ms: number }[] }) => void readings.push(reading?.map(({ ms }) => ms)),
  };
  const features = new MemoryStore();
  await runExperiment({ ...inputOf(), features, observer, measured: true });
  await runExperiment({ ...inputOf(), features, observer, measured: true });
  expect(readings[0]?.every((ms) => ms > 0)).toBe(true);
  expect(readings[1]).toEqual([0, 0]);
});

describe('edges', () => {
  test('12 rows of which a fold lacks a label are answered', async () => {
    const data = toyData(12);
    // One row a label but the first's: whichever fold holds it learns without.
    data.labelIndices.fill(0).set([1, 2]);
    const { complete, folds } = await runExperiment(inputOf({ ...CHOOSE, data, folds: 2 }));
    expect(complete).toBe(true);
    expect(folds.flatMap(({ probabilities }) => [...probabilities]).every(Number.isFinite)).toBe(true);
  });

  test('vectors that are not numbers end the run with a reason', async () => {
    const input = inputOf();
    const place = (): Model => {
      const broken = toyModel(77);
      const bias = broken.weights.get('embeddings.LayerNorm.bias');
      bias?.dispose();
      broken.weights.set('embeddings.LayerNorm.bias', tf.fill([16], NaN));
      return broken;
    };
    const further = [{ ...input.other.encoder, place }];
    await expect(runExperiment({ ...input, further })).rejects.toMatchObject({ code: 'non-finite' });
  });
});
