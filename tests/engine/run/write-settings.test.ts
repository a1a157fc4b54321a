/** Every setting that the form of written answers offers is honoured in a run: changed alone, it changes what is learnt. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GenerationData, GenerationPlan, TokenExample } from '../../../src/core/run/generation';
import { autoChoices, resolveSettings, settingsOf } from '../../../src/core/settings/defaults';
import type { SettingChoices, SettingFacts } from '../../../src/core/settings/settings';
import { createRandom } from '../../../src/core/random';
import type { Decoder } from '../../../src/engine/models/decoder';
import { disposeWeights } from '../../../src/engine/models/weights';
import { runWriting } from '../../../src/engine/run/write-experiment';
import { startBackend } from '../../helpers/tf-node';
import { SILENT_WRITER, tinyDecoder, tinyLlama } from '../../helpers/tiny-llama';

const METHOD = 'generation-adapter';
const ROWS = 16;

let model: Decoder;
beforeAll(async () => {
  await startBackend('wasm');
  model = tinyDecoder(1);
});
afterAll(() => disposeWeights(model.weights));

/** Rows of six tokens and more, the second half of each learned. */
function examples(count: number): TokenExample[] {
  const random = createRandom(5);
  return Array.from({ length: count }, (_, row) => {
    const ids = Int32Array.from({ length: 6 + (row % 5) }, () => Math.floor(random() * tinyLlama.vocabSize));
    return { ids, trained: Uint8Array.from(ids, (_, i) => (i >= ids.length / 2 ? 1 : 0)) };
  });
}

async function run(choices: Partial<SettingChoices>, rows = ROWS, decoder = model) {
  const facts: SettingFacts = {
    ...{ backend: 'wasm', rows, labels: 0, smallestLabel: 0, imbalance: 1, folds: 1 },
    ...{ modelLayers: tinyLlama.layers, modelMaxTokens: 128 },
    tokens: { median: 8, p95: 10, max: 10, shareOver: () => 0 },
  };
  const { settings } = resolveSettings(METHOD, { ...autoChoices(), ...choices }, facts);
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const data: GenerationData = { examples: examples(rows), groups: all, strata: new Int32Array(rows), cutRows: 0 };
  const plan: GenerationPlan = {
    settings,
    evaluation: { folds: 1, test: { kind: 'hold-out', share: 0.2 } },
    folds: 1,
    heldOutIn: all.map((row) => (row < 2 ? 0 : -1)),
    heldOut: () => [],
    decoding: { maxNewTokens: 4, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 },
    examples: 0,
    probes: [],
    shown: null,
  };
  const points: number[] = [];
  const { adapter, outcome } = await runWriting({
    ...{ data, plan, model: decoder, modelId: 'tiny', modelSha256: 'a' },
    writer: SILENT_WRITER,
    observer: {
      onProgress: () => undefined,
      onPoint: ({ trainLoss }) => void (trainLoss !== null && points.push(trainLoss)),
      onRows: () => undefined,
      onWrittenFold: () => undefined,
      onLog: () => undefined,
    },
    control: { checkpoint: () => Promise.resolve('continue') },
  });
  if (!adapter) throw new Error('The run is complete.');
  return { adapter, outcome, points };
}

const SHORT: Partial<SettingChoices> = { nEpochs: 2, batchSize: 4, warmupRatio: 0.2 };

/** Another value for each setting than it has in `SHORT` or by default. */
const OTHER: Partial<SettingChoices> = {
  ...{ nEpochs: 3, batchSize: 2, gradientAccumulation: 2, learningRate: 0.005, weightDecay: 0.5, warmupRatio: 0.5 },
  ...{ schedule: 'cosine', maxGradNorm: 0.001, maxLength: 20, earlyStoppingPatience: 1, maxSteps: 3, seed: 7 },
  ...{ rank: 2, alpha: 64, loraDropout: 0.3, targetModules: 'query-value', rankStabilized: true },
};

test.each(settingsOf(METHOD).map(({ key }) => key))('%s, changed alone, is honoured', async (key) => {
  // Patience needs rows to set aside.
  const rows = key === 'earlyStoppingPatience' ? 150 : ROWS;
  const before = await run(SHORT, rows);
  const after = await run({ ...SHORT, [key]: OTHER[key] }, rows);
  // Rows are cut when they are read, before the engine sees them; the adapter only remembers where.
  if (key === 'maxLength') expect(after.adapter).toEqual({ ...before.adapter, maxLength: 20 });
  else expect(after.adapter.tensors).not.toEqual(before.adapter.tensors);
});

test('a run whose memory asks for it computes its layers again, to the same bits', async () => {
  const choices = { ...SHORT, loraDropout: 0.3 };
  const { family } = model;
  const told = new Set<boolean | undefined>();
  const decoder = (layerActivations: number): Decoder => ({
    ...model,
    family: {
      ...family,
      // This model is too small to be asked for it.
      counts: (config) => ({ ...family.counts(config), layerActivations: () => layerActivations }),
      runLayers: (...given) => {
        told.add(given[8]);
        return family.runLayers(...given);
      },
    },
  });
  const before = await run(choices, ROWS, decoder(0.6e8));
  expect(told).not.toContain(true);
  // 0.7 and 1.4 GB of three layers, in two of which what is kept of one is thrown away.
  const after = await run(choices, ROWS, decoder(1.2e8));
  expect(told).toContain(true);
  expect(after.adapter).toEqual(before.adapter);
});

test('the same settings give the same bits, and the last pass is told by its mean loss', async () => {
  const [first, second] = [await run(SHORT), await run(SHORT)];
  expect(second.adapter).toEqual(first.adapter);
  expect(second.points).toEqual(first.points);
  const perEpoch = first.points.length / 2;
  const last = first.points.slice(perEpoch);
  const mean = last.reduce((a, b) => a + b, 0) / last.length;
  expect(first.outcome.folds[0]?.lastTrainLoss).toBeCloseTo(mean, 10);
});
