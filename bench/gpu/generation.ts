/**
 * Written answers on a real GPU: a decoder of SmolLM2-135M's shape, its weights in the blocks of its file (q4_1, the table
 * of words q8_0) drawn from a seed. Steps of a LoRA adapter, answers token by token, and the same steps twice.
 */
import type { TokenExample } from '../../src/core/run/generation';
import { deriveSeed } from '../../src/core/random';
import { webGpu } from '../../src/engine/device/gpu';
import { copyOut } from '../../src/engine/device/read';
import { optimizerStep } from '../../src/engine/fit/step';
import { Writer } from '../../src/engine/generate/writer';
import type { Decoder } from '../../src/engine/models/decoder';
import {
  allNames,
  fileShape,
  isLinearWeight,
  type LlamaConfig,
  WORD_TABLE,
} from '../../src/engine/models/llama/config';
import { llama } from '../../src/engine/models/llama/family';
import { placeWeights } from '../../src/engine/models/read-model';
import { disposeWeights, parameter, type NamedArray, type NamedBlocks } from '../../src/engine/models/weights';
import { AdamW } from '../../src/engine/optim/adamw';
import { forkForAdapter } from '../../src/engine/tasks/generation/fork';
import { answerLoss, predictionsOf } from '../../src/engine/tasks/generation/loss';
import { randomBlocks } from '../../tests/helpers/packed-blocks';
import { kernelTimes, type KernelTimes } from './kernel-times';

/** SmolLM2-135M's, and so many positions as are asked for here. */
const CONFIG: LlamaConfig = {
  vocabSize: 49_152,
  hiddenSize: 576,
  layers: 30,
  heads: 9,
  keyValueHeads: 3,
  headSize: 64,
  intermediateSize: 1536,
  rmsNormEps: 1e-5,
  ropeTheta: 100_000,
  maxPositions: 1024,
  tiedEmbeddings: true,
  attentionBias: false,
  queryKeyNorm: false,
};
const SHAPES = [
  [4, 128],
  [8, 256],
] as const;
const ADAPTER = {
  rank: 8,
  alpha: 16,
  loraDropout: 0,
  targetModules: 'all-linear',
  rankStabilized: false,
  seed: 1,
} as const;
const PROMPT_TOKENS = 64;
const NEW_TOKENS = 64;
const BIT_STEPS = 4;

type Time = (work: () => Promise<unknown>) => Promise<{ best: number; median: number }>;
type Part = Record<string, unknown> | { kernels: KernelTimes | null };

/** Steps by shape (layers computed again, as a run does it on a GPU, and kept), a token of one and of eight texts, bits. */
export async function* generation(time: Time): AsyncGenerator<Part> {
  const gpu = webGpu();
  if (gpu === null) throw new Error('There is no GPU to measure.');
  const before = gpu.bytes().used;
  const model: Decoder = { family: llama, config: CONFIG, weights: placeWeights(llama.fromFiles(drawnFiles())) };
  yield { weightBytes: gpu.bytes().used - before };
  for (const [rows, tokens] of SHAPES) {
    for (const recompute of [true, false]) {
      const trial = adapterTrial({ ...model, recompute }, rows, tokens);
      await trial.step();
      gpu.releaseFree();
      gpu.resetPeak();
      const step = await time(trial.step);
      yield { rows, tokens, recompute, step, peakBytes: gpu.bytes().peak };
      yield { rows, tokens, recompute, kernels: await kernelTimes(trial.step) };
      trial.dispose();
    }
  }
  const tuned = adapterTrial(model, 1, 1);
  for (const [who, decoder] of Object.entries({ base: model, 'with an adapter': tuned.decoder })) {
    for (const texts of [1, 8]) yield { written: who, texts, ...(await writtenTimes(decoder, texts)) };
  }
  yield { kernels: await tokenKernels(model) };
  tuned.dispose();
  const [first, again] = [await adapterBits(model), await adapterBits(model)];
  const differing = first.filter((word, i) => word !== again[i]).length;
  yield { bits: { words: first.length, differing } };
  disposeWeights(model.weights);
}

function drawnFiles(): (NamedArray | NamedBlocks)[] {
  return allNames(CONFIG).map((name) => {
    const [outputs = 0, inputs = 0] = fileShape(CONFIG, name);
    const type = name === WORD_TABLE ? 'q8_0' : 'q4_1';
    if (name !== WORD_TABLE && !isLinearWeight(name)) {
      return { name, shape: [outputs], values: new Float32Array(outputs).fill(1) };
    }
    return {
      name,
      shape: [outputs, inputs],
      type,
      bytes: randomBlocks(deriveSeed(7, name), outputs, inputs, 0.05, type),
    };
  });
}

/** A new adapter and its step on rows all of whose tokens are learned. */
function adapterTrial(model: Decoder, rows: number, tokens: number) {
  const { fork, decoder } = forkForAdapter(model, ADAPTER, 0);
  const optimizer = new AdamW({ weightDecay: 0 });
  const examples = Array.from({ length: rows }, (_, row): TokenExample => ({
    ids: Int32Array.from({ length: tokens }, (_, i) => (7919 * row + 31 * i) % CONFIG.vocabSize),
    trained: new Uint8Array(tokens).fill(1),
  }));
  const predictions = predictionsOf(examples);
  const lossOf = () => answerLoss(decoder, predictions, { normalizer: predictions.labels.length });
  const { weights, trainable } = fork;
  return {
    decoder,
    weights,
    trainable,
    step: () =>
      optimizerStep({ weights, trainable, losses: [lossOf], optimizer, learningRate: () => 1e-4, maxGradNorm: 1 }),
    dispose: () => {
      optimizer.dispose();
      fork.dispose();
    },
  };
}

/** Milliseconds of the prompts and of a token behind them, after a turn that compiles. */
async function writtenTimes(decoder: Decoder, texts: number) {
  const prompts = Array.from({ length: texts }, (_, text) =>
    Int32Array.from({ length: PROMPT_TOKENS }, (_, i) => (101 * text + 31 * i) % CONFIG.vocabSize),
  );
  const ids = Int32Array.from({ length: texts }, (_, i) => i + 100);
  let result = { promptMs: NaN, tokenMs: NaN, tokensPerSecond: NaN };
  for (let turn = 0; turn < 2; turn++) {
    const startedMs = performance.now();
    const { writer } = await Writer.begin(decoder, prompts, NEW_TOKENS);
    const readMs = performance.now();
    for (let token = 0; token < NEW_TOKENS; token++) await writer.next(ids);
    const tokenMs = (performance.now() - readMs) / NEW_TOKENS;
    writer.dispose();
    result = { promptMs: readMs - startedMs, tokenMs, tokensPerSecond: (1000 * texts) / tokenMs };
  }
  return result;
}

async function tokenKernels(decoder: Decoder): Promise<KernelTimes | null> {
  const { writer } = await Writer.begin(decoder, [Int32Array.from({ length: PROMPT_TOKENS }, (_, i) => i)], NEW_TOKENS);
  await writer.next(Int32Array.of(1));
  const times = await kernelTimes(() => writer.next(Int32Array.of(1)));
  writer.dispose();
  return times;
}

/** The adapter after some steps, word by word. */
async function adapterBits(model: Decoder): Promise<Uint32Array> {
  const trial = adapterTrial({ ...model, recompute: true }, 4, 64);
  for (let i = 0; i < BIT_STEPS; i++) await trial.step();
  const values = await copyOut(trial.trainable.map((name) => parameter(trial.weights, name)));
  trial.dispose();
  const words = values.map((array) => new Uint32Array(array.buffer, array.byteOffset, array.length));
  const all = new Uint32Array(words.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of words) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}
