/**
 * The self-test's part on written answers, run before the first of them on a device: a small decoder whose weights stay
 * in the blocks of SmolLM2's (q4_1, its table q8_0) with an adapter on every linear layer. Steps of the adapter in every
 * tile that a run may take, what they changed, the loss of answers as it is judged, and logits of tokens one by one.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { loraConfigOf } from '../../core/models/lora';
import { createRandom, deriveSeed } from '../../core/random';
import type { TokenExample } from '../../core/run/generation';
import { adapterNames, createAdapter } from '../adapters/adapter';
import { readValues } from '../device/read';
import { optimizerStep } from '../fit/step';
import { Writer } from '../generate/writer';
import type { Decoder } from '../models/decoder';
import { allNames, fileShape, isLinearWeight, type LlamaConfig, WORD_TABLE } from '../models/llama/config';
import { llama } from '../models/llama/family';
import { placeWeights } from '../models/read-model';
import {
  disposeWeights,
  isPacked,
  type NamedArray,
  type NamedBlocks,
  parameter,
  readArrays,
  unpackBlocks,
} from '../models/weights';
import { currentPath } from '../ops/path';
import { ALL_TILES, withTile } from '../ops/webgpu/linear';
import { AdamW } from '../optim/adamw';
import { answerLoss, predictionsOf } from '../tasks/generation/loss';
import { scoreTokens } from '../tasks/generation/scores';
import { type Figures, mixed } from './figures';

/** Heads as wide as those of SmolLM2 and Qwen2: attention is written for the width of a head. */
const CONFIG: LlamaConfig = {
  vocabSize: 64,
  hiddenSize: 64,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  headSize: 64,
  intermediateSize: 96,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 128,
  tiedEmbeddings: true,
  attentionBias: false,
  queryKeyNorm: false,
};
/** A narrow adapter takes programs of its own; both are whole fours. */
const RANKS = [8, 16];
const LENGTHS = [40, 23, 9];
const DROPOUT = 0.1;

/** The weights as a file has them: tests put a fault into one. */
export function generationFiles(): (NamedArray | NamedBlocks)[] {
  return allNames(CONFIG).map((name) => {
    const random = createRandom(deriveSeed(1, name));
    const shape = fileShape(CONFIG, name);
    const [outputs = 0, inputs = 0] = shape;
    if (name === WORD_TABLE)
      return { name, shape: [outputs, inputs], type: 'q8_0', bytes: blocks(random, outputs * inputs, 34) };
    if (isLinearWeight(name))
      return { name, shape: [outputs, inputs], type: 'q4_1', bytes: blocks(random, outputs * inputs, 20) };
    return { name, shape, values: Float32Array.from({ length: outputs }, () => 0.8 + 0.4 * random()) };
  });
}

/** Some figures at a time. */
export async function* generationFigures(files = generationFiles()): AsyncGenerator<Figures> {
  // Elsewhere the same values in float32, which gives the figures.
  const packs = currentPath().kind === 'webgpu';
  const base = placeWeights(
    llama.fromFiles(packs ? files : files.map((file) => (isPacked(file) ? unpackBlocks(file) : file))),
  );
  try {
    for (const rank of RANKS) yield* adapterFigures(base, rank);
  } finally {
    disposeWeights(base);
  }
}

async function* adapterFigures(base: Decoder['weights'], rank: number): AsyncGenerator<Figures> {
  const choice = { rank, alpha: 16, dropout: DROPOUT, targets: 'all-linear', rankStabilized: false } as const;
  const lora = loraConfigOf(choice, llama.id);
  const modules = llama.linearModules(CONFIG);
  const names = adapterNames(modules, lora);
  const adapter = createAdapter(modules, lora, createRandom(deriveSeed(1, 'adapter', rank)));
  const weights = new Map([...base, ...adapter]);
  const decoder: Decoder = { family: llama, config: CONFIG, weights, lora };
  // So large an ε that a step is nearly in proportion to the gradient: else it would make much of little differences.
  const optimizer = new AdamW({ weightDecay: 0.01, epsilon: 0.1 });
  try {
    const before = await readArrays(weights, names);
    for (const [step, tile] of [...ALL_TILES, null].entries()) {
      const dropout = { rate: 0, seed: deriveSeed(1, 'dropout', rank, step) };
      const predictions = predictionsOf(examples(step));
      const lossOf = (): tf.Tensor =>
        answerLoss(decoder, predictions, { normalizer: predictions.labels.length, dropout });
      const plan = { weights, trainable: names, losses: [lossOf], optimizer, learningRate: () => 0.05, maxGradNorm: 1 };
      const result = await (tile ? withTile(tile, () => optimizerStep(plan)) : optimizerStep(plan));
      const figures: Figures = { [`answers loss ${rank}.${step}`]: result.loss };
      for (const [name, norm] of result.gradNorms) {
        // B is zero at first, and A has no gradient then.
        if (norm > 0) figures[`adapter gradient ${rank}.${step} ${name}`] = norm;
      }
      yield figures;
    }
    const moved: Figures = {};
    for (const name of names) {
      const after = await readValues(parameter(weights, name));
      const start = before.get(name)?.values ?? new Float32Array();
      moved[`adapter step ${rank} ${name}`] = mixed(Float64Array.from(after, (value, i) => value - (start[i] ?? 0)));
    }
    yield moved;
    yield await judgedFigures(decoder, rank);
    yield await writtenFigures(decoder, rank);
  } finally {
    optimizer.dispose();
    for (const name of names) weights.get(name)?.dispose();
  }
}

/** What each token of a text costs, and whether it is the likeliest. */
async function judgedFigures(decoder: Decoder, rank: number): Promise<Figures> {
  const [example] = examples(9);
  const { nll, right } = example ? await scoreTokens(decoder, example) : { nll: [], right: [] };
  return {
    [`answers loss ${rank} judged`]: mixed(Float64Array.from(nll)),
    [`answers likeliest ${rank}`]: mixed(Float64Array.from(right, (one) => 1 + one)),
  };
}

/** Logits after two prompts side by side, and after two tokens more of each. */
async function writtenFigures(decoder: Decoder, rank: number): Promise<Figures> {
  const prompts = examples(10)
    .slice(1)
    .map(({ ids }) => ids);
  const figures: Figures = {};
  const { writer, logits: first } = await Writer.begin(decoder, prompts, 2);
  try {
    let logits = first;
    for (let step = 0; ; step++) {
      logits.forEach((values, text) => (figures[`written ${rank}.${step} ${text}`] = mixed(values)));
      if (step === 2) return figures;
      // Not the likeliest: of two that are nearly equal devices may choose either.
      logits = await writer.next(Int32Array.from(logits, (_, text) => 7 * step + text + 1));
    }
  } finally {
    writer.dispose();
  }
}

/** Texts of which the second half is learned. */
function examples(seed: number): TokenExample[] {
  const random = createRandom(deriveSeed(1, 'answers', seed));
  return LENGTHS.map((length) => ({
    ids: Int32Array.from({ length }, () => Math.floor(random() * CONFIG.vocabSize)),
    trained: Uint8Array.from({ length }, (_, at) => (2 * at >= length ? 1 : 0)),
  }));
}

/** Blocks of q8_0 (34 bytes) or q4_1 (20) of values up to about ±0.2, scale and minimum in float16. */
function blocks(random: () => number, values: number, blockBytes: 34 | 20): Uint8Array {
  const bytes = Uint8Array.from({ length: (values * blockBytes) / 32 }, () => Math.floor(256 * random()));
  const high = (i: number, base: number): void => {
    bytes[i] = base + ((bytes[i] ?? 0) & 3);
  };
  for (let i = 0; i < bytes.length; i += blockBytes) {
    // From 2⁻¹⁰ on, and from 2⁻⁶ on with a minimum from −2⁻⁴ on: each up to its double.
    high(i + 1, blockBytes === 34 ? 0x14 : 0x24);
    if (blockBytes === 20) high(i + 3, 0xac);
  }
  return bytes;
}
