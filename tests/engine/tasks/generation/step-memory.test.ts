import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { autoChoices, resolveSettings } from '../../../../src/core/settings/defaults';
import type { Settings } from '../../../../src/core/settings/settings';
import { adapterStepBytes } from '../../../../src/core/models/adapter-step';
import { GpuLedger } from '../../../../src/engine/bench/gpu-ledger';
import { webGpu } from '../../../../src/engine/device/gpu';
import { optimizerStep } from '../../../../src/engine/fit/step';
import type { Decoder } from '../../../../src/engine/models/decoder';
import { disposeWeights } from '../../../../src/engine/models/weights';
import type { Matrix } from '../../../../src/engine/ops/packed-matrix';
import { AdamW } from '../../../../src/engine/optim/adamw';
import { forkForAdapter } from '../../../../src/engine/tasks/generation/fork';
import { answerLoss, predictionsOf } from '../../../../src/engine/tasks/generation/loss';
import { stepMemory, stepThreads } from '../../../../src/engine/tasks/generation/step-memory';
import { startBackend, startPortable } from '../../../helpers/tf-node';
import { tinyDecoder, tinyLlama, tinyLlamaArrays } from '../../../helpers/tiny-llama';

const config = {
  ...tinyLlama,
  ...{ vocabSize: 512, hiddenSize: 128, layers: 6, heads: 4, keyValueHeads: 2, headSize: 32, intermediateSize: 256 },
  maxPositions: 4096,
};

let model: Decoder;
let settings: Settings;
let ledger: GpuLedger;
beforeAll(async () => {
  await startBackend('webgpu');
  // Which buffers are held goes by sizes alone.
  ledger = new GpuLedger({ silent: true });
  model = tinyDecoder(1, config);
  settings = resolveSettings('generation-adapter', autoChoices(), {
    ...{ backend: 'webgpu', rows: 16, labels: 0, smallestLabel: 0, imbalance: 1, folds: 1 },
    ...{ modelLayers: 6, modelMaxTokens: 4096 },
    tokens: { median: 128, p95: 128, max: 128, shareOver: () => 0 },
  }).settings;
});
afterAll(() => {
  disposeWeights(model.weights);
  ledger.stop();
});

const rowsOf = (count: number, length: number) =>
  Array.from({ length: count }, () => ({
    ids: new Int32Array(length).fill(1),
    trained: new Uint8Array(length).fill(1),
  }));

/** The most that a step of those rows held. */
async function counted(rows: number, length: number, recompute: boolean): Promise<number> {
  const gpu = webGpu();
  if (!gpu) throw new Error('no GPU');
  const { fork, decoder } = forkForAdapter({ ...model, recompute }, settings, 0);
  const optimizer = new AdamW({ weightDecay: 0 });
  const predictions = predictionsOf(rowsOf(rows, length));
  const { weights, trainable } = fork;
  const losses = [() => answerLoss(decoder, predictions, { normalizer: predictions.labels.length })];
  gpu.releaseFree();
  gpu.resetPeak();
  await optimizerStep({ weights, trainable, losses, optimizer, learningRate: () => 1e-3, maxGradNorm: 1 });
  optimizer.dispose();
  fork.dispose();
  return gpu.bytes().peak;
}

describe('stepMemory', () => {
  test.each([
    [8, 256, false],
    [8, 256, true],
    [1, 1024, false],
    [1, 1024, true],
  ])(
    '%d rows of %d tokens, layers computed again: %s: says what a step holds at most, within a quarter',
    async (rows, length, recompute) => {
      const { bytes } = stepMemory(
        model,
        { examples: rowsOf(rows, length) },
        { ...settings, batchSize: rows },
        undefined,
        recompute ? 0 : Infinity,
      );
      const peak = await counted(rows, length, recompute);
      expect(bytes / peak).toBeGreaterThan(0.8);
      expect(bytes / peak).toBeLessThan(1.25);
    },
  );

  test('asks for recomputation where a step would take more than is easily had, and not where it fits', () => {
    const examples = rowsOf(8, 256);
    const plain = stepMemory(model, { examples }, settings, undefined, Infinity);
    expect(plain.recompute).toBe(false);
    expect(stepMemory(model, { examples }, settings, undefined, plain.bytes).recompute).toBe(false);
    const less = stepMemory(model, { examples }, settings, undefined, plain.bytes - 1);
    expect(less.recompute).toBe(true);
    expect(less.bytes).toBeLessThan(0.5 * plain.bytes);
  });

  test('counts weights as they are on the device, packed ones by their words, and the values of the adapter', () => {
    const examples = rowsOf(2, 48);
    const { fork, lora } = forkForAdapter(model, settings, 0);
    const { family, config } = model;
    const totalOf = (weightBytes: number): number =>
      adapterStepBytes(
        { counts: family.counts(config), vocabSize: config.vocabSize, weightBytes, adapterValues: fork.parameterCount },
        { batch: 2, tokens: 48 },
        false,
      ).total;
    const values = [...tinyLlamaArrays(1, model.config as typeof tinyLlama)].reduce(
      (sum, { values: own }) => sum + own.length,
      0,
    );
    expect(lora.rank).toBe(settings.rank);
    const of = (own: Decoder): number =>
      stepMemory(own, { examples }, { ...settings, batchSize: 2 }, undefined, Infinity).bytes;
    expect(of(model)).toBe(totalOf(4 * values));
    const packed = { words: { size: 70 } } as unknown as Matrix;
    expect(of({ ...model, weights: new Map([['packed', packed]]) })).toBe(totalOf(280));
    fork.dispose();
  });

  test('a GPU is not shared', () => {
    expect(stepThreads({ recompute: false, bytes: 1, parts: 8 }, 4)).toBe(1);
  });

  test('a step has as many micro-batches as its tokens are in whole rows', () => {
    // 2,048 tokens are 42 rows of 48, and two thirds of one.
    const parts = (batchSize: number): number =>
      stepMemory(model, { examples: rowsOf(2, 48) }, { ...settings, batchSize }).parts;
    expect([42, 43, 84, 85].map(parts)).toEqual([1, 2, 2, 3]);
  });

  test('a row that is too long even alone is refused with the limit that would fit', () => {
    const examples = rowsOf(2, 3000);
    const one = { ...settings, batchSize: 1 };
    const { bytes } = stepMemory(model, { examples: rowsOf(1, 1024) }, one, undefined, 0);
    const { bytes: alone } = stepMemory(model, { examples }, one, undefined, 0);
    expect(() => stepMemory(model, { examples }, settings, { tensor: Infinity, total: bytes })).toThrow(
      expect.objectContaining({
        code: 'plan-too-large',
        message: expect.stringMatching(/longest row has 3,000 tokens.*at most 1,024 tokens would fit/),
        details: { needed: alone, given: bytes },
      }),
    );
    // In one piece.
    expect(() => stepMemory(model, { examples }, settings, { tensor: 4 * 4096 * 256, total: Infinity })).toThrow(
      'in one piece',
    );
    expect(() => stepMemory(model, { examples }, settings, { tensor: 1, total: 1 })).toThrow('No shorter limit fits');
  });
});

describe('what a step may take before its layers are computed again', () => {
  afterAll(() => startBackend('webgpu'));

  test.each([
    ['a GPU', 450e6, () => startBackend('webgpu')],
    ['WebAssembly, where a thread may have 1 GiB', 2 ** 30, () => startBackend('wasm')],
    ['any other backend', 1.5e9, () => startPortable()],
  ])('on %s: %d bytes', async (_, most, start) => {
    await start();
    const roomy = { tensor: Infinity, total: Infinity };
    const stepOf = (length: number, easy?: number) =>
      stepMemory(model, { examples: rowsOf(1, length) }, settings, roomy, easy);
    const tokens = (4096 * most) / stepOf(4096, Infinity).bytes;
    const lengths = [0.97, 0.98, 0.99, 1, 1.01, 1.02, 1.03].map((share) => Math.floor(share * tokens));
    const above = lengths.map((length) => stepOf(length, Infinity).bytes > most);
    expect(lengths.map((length) => stepOf(length).recompute)).toEqual(above);
    expect(new Set(above).size).toBe(2);
  });
});
