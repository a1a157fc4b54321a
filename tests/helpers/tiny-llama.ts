/** A decoder of Llama's shape small enough for a test of milliseconds, with random weights. */
import { createRandom, deriveSeed } from '../../src/core/random';
import type { Decoder } from '../../src/engine/models/decoder';
import { allNames, fileShape, type LlamaConfig } from '../../src/engine/models/llama/config';
import { llama } from '../../src/engine/models/llama/family';
import { placeWeights } from '../../src/engine/models/read-model';
import type { NamedArray } from '../../src/engine/models/weights';
import { createWriter } from '../../src/engine/tasks/generation/writer';

export const tinyLlama: LlamaConfig = {
  vocabSize: 40,
  hiddenSize: 32,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  intermediateSize: 64,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 128,
  tiedEmbeddings: true,
  attentionBias: false,
  queryKeyNorm: false,
};

/** Every flag of the other two. */
export const tinyQwen2: LlamaConfig = { ...tinyLlama, attentionBias: true, tiedEmbeddings: false };
export const tinyQwen3: LlamaConfig = { ...tinyLlama, queryKeyNorm: true, headSize: 16 };

/** Weights as in a model's files, the same for the same seed on every backend. */
export function tinyLlamaArrays(seed: number, config: LlamaConfig = tinyLlama): NamedArray[] {
  return allNames(config).map((name) => {
    const random = createRandom(deriveSeed(seed, name));
    const shape = fileShape(config, name);
    const centre = name.endsWith('norm.weight') ? 1 : 0;
    const size = shape.reduce((product, side) => product * side, 1);
    return { name, shape, values: Float32Array.from({ length: size }, () => centre + (random() - 0.5) * 0.6) };
  });
}

/** A decoder of those weights. */
export function tinyDecoder(seed: number, config: LlamaConfig = tinyLlama): Decoder {
  return { family: llama, config, weights: placeWeights(llama.fromFiles(tinyLlamaArrays(seed, config))) };
}

/** Writes tokens of which none is a word, and none ends an answer. */
export const SILENT_WRITER = createWriter({ endIds: [], stream: () => ({ push: () => '', end: () => '' }) });
