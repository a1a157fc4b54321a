/** One fit of an adapter: lengths, steps and their rows, what they cost, looks, probes, notes, and what is kept. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TokenExample } from '../../../../src/core/run/generation';
import type { ProbeAnswers } from '../../../../src/core/run/probes';
import type { CurvePoint } from '../../../../src/core/run/record';
import { NO_CHECKPOINTS } from '../../../../src/core/run/checkpoint';
import { autoChoices, resolveSettings } from '../../../../src/core/settings/defaults';
import type { Settings } from '../../../../src/core/settings/settings';
import { AppError } from '../../../../src/core/errors';
import { createRandom, deriveSeed } from '../../../../src/core/random';
import { trainingBatches } from '../../../../src/core/text/batches';
import { NO_GUARD } from '../../../../src/engine/device/guard';
import type { FitTask } from '../../../../src/engine/fit/learner';
import { Pace } from '../../../../src/engine/fit/pace';
import { type PartProgress, Progress } from '../../../../src/engine/fit/progress';
import type { Decoder } from '../../../../src/engine/models/decoder';
import { disposeWeights } from '../../../../src/engine/models/weights';
import type { GenerationTaskContext } from '../../../../src/engine/tasks/generation/method';
import { learnedTokens } from '../../../../src/engine/tasks/generation/loss';
import { generationAdapter } from '../../../../src/engine/tasks/generation/methods/generation-adapter';
import { scoreExamples, scoreTokens } from '../../../../src/engine/tasks/generation/scores';
import { startBackend } from '../../../helpers/tf-node';
import { SILENT_WRITER, tinyDecoder, tinyLlama } from '../../../helpers/tiny-llama';
import { CONTINUE, stopAfter } from '../../fit/toy';

let model: Decoder;
beforeAll(async () => {
  await startBackend('wasm');
  model = tinyDecoder(1);
});
afterAll(() => disposeWeights(model.weights));

/** Rows of six to ten tokens, the second half of each learned. */
function rowsOf(count: number): TokenExample[] {
  const random = createRandom(5);
  return Array.from({ length: count }, (_, row) => {
    const ids = Int32Array.from({ length: 6 + (row % 5) }, () => Math.floor(random() * tinyLlama.vocabSize));
    return { ids, trained: Uint8Array.from(ids, (_, i) => (i >= ids.length / 2 ? 1 : 0)) };
  });
}

function settingsOf(change: Partial<Settings>): Settings {
  const { settings } = resolveSettings('generation-adapter', autoChoices(), {
    ...{ backend: 'wasm', rows: 16, labels: 0, smallestLabel: 0, imbalance: 1, folds: 1 },
    ...{ modelLayers: tinyLlama.layers, modelMaxTokens: 128 },
    tokens: { median: 8, p95: 10, max: 10, shareOver: () => 0 },
  });
  const own = { nEpochs: 2, batchSize: 3, gradientAccumulation: 1, maxSteps: 1000, earlyStoppingPatience: 0 };
  return { ...settings, ...own, loraDropout: 0, ...change };
}

interface Fitted {
  rows?: number;
  watch?: number;
  epochs?: number | null;
  keepWhenStopped?: boolean;
  /** Of a row, by its place. */
  stratum?: (row: number) => number;
  context?: Partial<GenerationTaskContext>;
}

const decoding = { maxNewTokens: 100, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };

async function fitOf(change: Partial<Settings>, { rows = 10, watch = 0, epochs = null, ...rest }: Fitted = {}) {
  const { keepWhenStopped = false, stratum = (row) => row % 4, context: other } = rest;
  const points: CurvePoint[] = [];
  const probed: ProbeAnswers[] = [];
  const reports: [part: string, share: number, told: PartProgress | undefined][] = [];
  const pace = new Pace(CONTINUE);
  const examples = rowsOf(rows + watch);
  const progress = new Progress({ onProgress: () => undefined }, pace, []);
  progress.report = (...report) => void reports.push([report[0], report[1], report[2]]);
  const context: GenerationTaskContext = {
    ...{ settings: settingsOf(change), pace, progress, guard: NO_GUARD, checkpoints: NO_CHECKPOINTS, decoding },
    observer: {
      onPoint: (point) => void points.push(point),
      onLog: () => undefined,
      onProbes: (answers) => void probed.push(answers),
    },
    ...{ model, modelId: 'tiny', modelSha256: 'sha', probes: [], shown: null, crew: null },
    data: {
      examples,
      groups: Int32Array.from(examples.keys()),
      strata: Int32Array.from(examples, (_, i) => stratum(i)),
      cutRows: 0,
    },
    writer: { ...SILENT_WRITER, write: () => Promise.reject(new Error('Nothing is asked.')) },
    ...other,
  };
  const all = Int32Array.from(examples.keys());
  const task: FitTask = {
    ...{ fold: 0, part: 'fold 0', epochs, keepWhenStopped, state: null },
    ...{ rows: all.subarray(0, rows), ...(watch > 0 && { watch: all.subarray(rows) }) },
  };
  const fit = await generationAdapter.learner(context).fit(task);
  return { fit, context, examples, points, probed, reports, all };
}

async function whole(change: Partial<Settings>, options?: Fitted) {
  const { fit, ...rest } = await fitOf(change, options);
  if (!fit) throw new Error('Nobody stopped it.');
  return { fit, ...rest };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** What rows cost the model as it came. */
async function baseFigures(examples: readonly TokenExample[]) {
  const scored = (await scoreExamples(model, examples, new Pace(CONTINUE))) ?? [];
  const tokens = sum(scored.map((loss) => loss.tokens));
  return { loss: sum(scored.map(({ nll }) => nll)) / tokens, right: sum(scored.map(({ right }) => right)) / tokens };
}

describe('steps of a fit', () => {
  test.each([
    ['batches that do not come out even', {}, null, 8],
    ['several batches a step', { gradientAccumulation: 3 }, null, 4],
    ['at most so many', { maxSteps: 5 }, null, 5],
    ['a length that folds chose', {}, 0.5, 2],
    ['rounded to whole steps', {}, 0.65, 3],
    ['at least one', {}, 0.01, 1],
    ['of a chosen length at most so many too', { maxSteps: 5 }, 10, 5],
  ])('%s', (_, change, epochs, steps) => {
    const rows = new Int32Array(10);
    expect(generationAdapter.steps({ settings: settingsOf(change) }, { rows, epochs })).toBe(steps);
  });
});

test('a pass takes every row once, whatever is joined to a step, and tells their tokens', async () => {
  const { fit, reports, examples } = await whole({ gradientAccumulation: 2 });
  // Batches of 3, 3, 3 and 1.
  expect(reports.map(([part, share]) => [part, share])).toEqual([1, 2, 3, 4].map((step) => ['fold 0', step / 4]));
  const tokens = sum(examples.map(({ ids }) => ids.length));
  for (const pass of [reports.slice(0, 2), reports.slice(2)]) {
    expect(pass.map(([, , told]) => told?.rows).sort()).toEqual([4, 6]);
    expect(sum(pass.map(([, , told]) => told?.tokens ?? 0))).toBe(tokens);
  }
  expect(fit).toMatchObject({ steps: 4, epochs: 2, bestEpoch: null, notes: [] });
  fit.dispose();
});

test('steps take the batches of a pass in the order that is drawn for it, and of the next in another', async () => {
  const { fit, points, examples } = await whole({ learningRate: 0 });
  const { batchSize, seed } = settingsOf({});
  const lengths = examples.map(({ ids }) => ids.length);
  const drawn = [0, 1].flatMap((epoch) =>
    trainingBatches(lengths, batchSize, createRandom(deriveSeed(seed, 'order', 0, epoch))),
  );
  const losses: unknown[] = [];
  for (const rows of drawn) {
    const { loss } = await baseFigures(rows.flatMap((row) => examples[row] ?? []));
    losses.push(expect.closeTo(loss, 5));
  }
  const told = points.map(({ trainLoss }) => trainLoss);
  expect(told).toEqual(losses);
  expect(told.slice(0, 4)).not.toEqual(told.slice(4));
  fit.dispose();
});

test('a step costs the mean of its learned tokens, however it is cut; a look the same of the rows beside', async () => {
  // A rate of nothing leaves the model as it came.
  const change = { learningRate: 0, batchSize: 16, nEpochs: 1 };
  const { fit, points, examples } = await whole(change, { rows: 10, watch: 70 });
  expect(points.map(({ trainLoss }) => trainLoss).filter((loss) => loss !== null)).toEqual([
    expect.closeTo((await baseFigures(examples.slice(0, 10))).loss, 5),
  ]);
  const look = points.find(({ validLoss }) => validLoss !== null);
  // Of more than 64 rows the curve would look the same.
  const seen = await baseFigures(examples.slice(10, 74));
  expect(look?.validLoss).toBeCloseTo(seen.loss, 6);
  expect(look?.metrics).toEqual({ token_accuracy: expect.closeTo(seen.right, 10) });
  fit.dispose();
});

test('a look at a single token costs what that token does', async () => {
  const [a, b, { ids } = { ids: new Int32Array() }] = rowsOf(3);
  const one = { ids, trained: Uint8Array.from(ids, (_, at) => (at === 3 ? 1 : 0)) };
  const examples = [a, b, one].flatMap((example) => example ?? []);
  const numbers = Int32Array.from(examples.keys());
  const data = { examples, groups: numbers, strata: numbers, cutRows: 0 };
  const change = { learningRate: 0, nEpochs: 1 };
  const { fit, points } = await whole(change, { rows: 2, watch: 1, context: { data } });
  const look = points.find(({ validLoss }) => validLoss !== null);
  const { loss, right } = await baseFigures([one]);
  expect(look?.validLoss).toBeCloseTo(loss, 6);
  expect(look?.metrics).toEqual({ token_accuracy: right });
  fit.dispose();
});

test('long passes are looked into four times where rows are set aside, and the best is kept', async () => {
  const change = { batchSize: 2, nEpochs: 1, earlyStoppingPatience: 1 };
  const { fit, points } = await whole(change, { rows: 160 });
  const looks = points.filter(({ validLoss }) => validLoss !== null);
  expect(looks.map(({ step }) => step)).toEqual([17, 34, 51, 68]);
  const best = looks.reduce((a, b) => ((b.validLoss ?? 0) < (a.validLoss ?? 0) ? b : a));
  expect(fit.bestEpoch).toBe(best.epoch);
  expect(fit.notes).toEqual([]);
  fit.dispose();
});

test('too few rows to choose a length by are a note; a final fit sets none aside and has none', async () => {
  const few = await whole({ earlyStoppingPatience: 2, nEpochs: 1 });
  expect(few.fit.notes).toEqual([
    'Early stopping was off: too few rows to set some aside. Training had its full length.',
  ]);
  few.fit.dispose();
  const last = await whole({ earlyStoppingPatience: 2 }, { epochs: 1 });
  expect(last.fit).toMatchObject({ notes: [], steps: 4 });
  last.fit.dispose();
});

test('rows that are scored together cost what each costs alone, of however many tokens', async () => {
  const examples = rowsOf(90);
  const together = (await scoreExamples(model, examples, new Pace(CONTINUE))) ?? [];
  // Logits of 128 tokens at once stand in memory.
  expect(sum(together.map(({ tokens }) => tokens))).toBeGreaterThan(256);
  for (const [i, example] of examples.entries()) {
    const [alone] = (await scoreExamples(model, [example], new Pace(CONTINUE))) ?? [];
    expect(together[i]?.nll).toBeCloseTo(alone?.nll ?? NaN, 3);
    expect([together[i]?.tokens, together[i]?.right]).toEqual([alone?.tokens, alone?.right]);
  }
});

test.each([
  [141, [60]],
  [144, [16, 32, 48, 61]],
])('of %i rows, some set aside, a pass is looked into at %j', async (rows, expected) => {
  const change = { batchSize: 2, nEpochs: 1, earlyStoppingPatience: 1 };
  const { fit, points } = await whole(change, { rows });
  expect(points.filter(({ validLoss }) => validLoss !== null).map(({ step }) => step)).toEqual(expected);
  fit.dispose();
});

test('rows are set aside only where short and long answers can all be among them', async () => {
  const { fit, points } = await whole({ earlyStoppingPatience: 1, nEpochs: 1 }, { rows: 160, stratum: (row) => row });
  expect(fit.notes).toEqual([expect.stringContaining('too few rows to set some aside')]);
  expect(points.filter(({ validLoss }) => validLoss !== null)).toEqual([]);
  fit.dispose();
});

test('probes are answered before the first step and after every pass, in at most 48 tokens, the shown answer with them', async () => {
  const asked: unknown[] = [];
  const [shown = { ids: new Int32Array(), trained: new Uint8Array() }] = rowsOf(1);
  const context: Partial<GenerationTaskContext> = {
    probes: [{ text: 'a', prompt: Int32Array.of(1, 2) }],
    shown,
    writer: {
      ...SILENT_WRITER,
      write: (_, prompts, { maxNewTokens }) => {
        asked.push([prompts.map((prompt) => [...prompt]), maxNewTokens]);
        return Promise.resolve(prompts.map(() => ({ text: `answer ${asked.length}`, tokens: 2, cut: false })));
      },
    },
  };
  const { fit, probed, points } = await whole({ learningRate: 0 }, { watch: 4, context });
  expect(asked).toEqual([1, 2, 3].map(() => [[[1, 2]], 48]));
  const nll = Array.from((await scoreTokens(model, shown)).nll);
  expect(nll).toHaveLength(learnedTokens(shown));
  const close = nll.map((value) => expect.closeTo(value, 5));
  expect(probed).toEqual([0, 1, 2].map((epoch) => ({ fold: 0, epoch, texts: [`answer ${epoch + 1}`], nll: close })));
  // A look at the end of a pass is not lost by them.
  expect(points.filter(({ validLoss }) => validLoss !== null)).toHaveLength(2);
  fit.dispose();
  const short = await whole(
    { nEpochs: 1 },
    { context: { ...context, shown: null, decoding: { ...decoding, maxNewTokens: 7 } } },
  );
  expect(asked.at(-1)).toEqual([[[1, 2]], 7]);
  expect(short.probed[0]).not.toHaveProperty('nll');
  short.fit.dispose();
});

test('where nothing is shown and nothing asked, nothing is told', async () => {
  const { fit, probed, points } = await whole({ nEpochs: 1 }, { watch: 2 });
  expect(probed).toEqual([]);
  expect(points.filter(({ validLoss }) => validLoss !== null)).toHaveLength(1);
  fit.dispose();
});

test('a stop gives up what is not to be finished, and else keeps what was learnt', async () => {
  const stopped = (keepWhenStopped: boolean, looks: number) =>
    fitOf({}, { keepWhenStopped, context: { pace: new Pace(stopAfter(looks)) } });
  expect((await stopped(false, 2)).fit).toBeNull();
  expect((await stopped(true, 0)).fit).toBeNull();
  const { fit } = await stopped(true, 2);
  expect(fit?.steps).toBe(2);
  fit?.dispose();
});

test('whether it ends, is stopped or fails: no tensor is left behind', async () => {
  const before = tf.memory().numTensors;
  const { fit } = await whole({ nEpochs: 1 }, { watch: 2 });
  expect(tf.memory().numTensors).toBeGreaterThan(before);
  fit.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect((await fitOf({}, { context: { pace: new Pace(stopAfter(2)) } })).fit).toBeNull();
  expect(tf.memory().numTensors).toBe(before);
  let steps = 0;
  const lost = new AppError('device-lost', 'Lost.');
  const guard = {
    check(): void {
      // Behind the first, when there are moments.
      if (++steps > 2) throw lost;
    },
  };
  await expect(fitOf({}, { context: { guard } })).rejects.toBe(lost);
  expect(tf.memory().numTensors).toBe(before);
});

test('a stop while probes are answered leaves that look out', async () => {
  let asked = 0;
  const context: Partial<GenerationTaskContext> = {
    probes: [{ text: 'a', prompt: Int32Array.of(1, 2) }],
    writer: {
      ...SILENT_WRITER,
      write: (_, prompts) =>
        Promise.resolve(++asked > 1 ? null : prompts.map(() => ({ text: 'answer', tokens: 1, cut: false }))),
    },
  };
  const { fit, points, probed } = await whole({ nEpochs: 1 }, { watch: 2, context });
  expect(asked).toBeGreaterThan(1);
  expect(probed).toHaveLength(1);
  expect(points.filter(({ validLoss }) => validLoss !== null)).toEqual([]);
  fit.dispose();
});

test('what is kept is the adapter with its model, limit and decoding; answers are scored with it', async () => {
  const { fit, examples, all } = await whole({ learningRate: 0.05, rank: 2 });
  const kept = await fit.keep();
  expect(kept).toMatchObject({ modelId: 'tiny', modelSha256: 'sha', decoding, lora: { rank: 2 } });
  expect(kept.maxLength).toBe(settingsOf({}).maxLength);
  expect(fit.trainedParameters).toBe(sum(kept.tensors.map(({ values }) => values.length)));
  const scored = (await fit.predict(all)) ?? [];
  expect(scored.map(({ tokens }) => tokens)).toEqual(examples.map(learnedTokens));
  const loss = sum(scored.map(({ nll }) => nll)) / sum(scored.map(({ tokens }) => tokens));
  expect(loss).toBeLessThan((await baseFigures(examples)).loss);
  fit.dispose();
});
