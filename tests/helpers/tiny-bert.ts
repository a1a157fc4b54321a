/** A BERT small enough for a test of milliseconds, with random weights. */
import type { BertConfig } from '../../src/engine/models/bert/config';
import { createRandom, deriveSeed } from '../../src/core/random';
import type { TokenBatch } from '../../src/core/text/batches';
import { padBatch } from '../../src/core/text/batches';
import { allNames } from '../../src/engine/models/bert/config';
import type { Weights } from '../../src/engine/models/weights';
import { fileNames } from '../../src/engine/models/bert/packing';
import { bert } from '../../src/engine/models/bert/family';
import type { Encoder } from '../../src/engine/models/encoder';
import { placeWeights } from '../../src/engine/models/read-model';

export const tinyConfig: BertConfig = {
  vocabSize: 40,
  hiddenSize: 16,
  layers: 2,
  heads: 4,
  intermediateSize: 32,
  maxPositions: 64,
  typeVocabSize: 2,
  layerNormEps: 1e-12,
};

/** Weights of a tiny model, the same for the same seed on every backend. */
export function tinyWeights(seed: number, config: BertConfig = tinyConfig): Weights {
  return placeWeights(bert.fromFiles(Array.from(tinyArrays(seed, config), ([name, array]) => ({ name, ...array }))));
}

/** An encoder of those weights, or of others of the config. */
export function tinyEncoder(weights: Weights, config: BertConfig = tinyConfig): Encoder {
  return { family: bert, config, weights };
}

/** The same weights as plain values, named and laid out as in a model's files. */
export function tinyArrays(
  seed: number,
  config: BertConfig = tinyConfig,
): Map<string, { shape: number[]; values: Float32Array }> {
  const { vocabSize, hiddenSize, intermediateSize, maxPositions, typeVocabSize } = config;
  const shapeOf = (name: string): number[] => {
    if (name.includes('word_embeddings')) return [vocabSize, hiddenSize];
    if (name.includes('position_embeddings')) return [maxPositions, hiddenSize];
    if (name.includes('token_type_embeddings')) return [typeVocabSize, hiddenSize];
    if (name.endsWith('intermediate.dense.weight')) return [intermediateSize, hiddenSize];
    if (name.endsWith('intermediate.dense.bias')) return [intermediateSize];
    if (/layer\.\d+\.output\.dense\.weight$/.test(name)) return [hiddenSize, intermediateSize];
    if (name.endsWith('dense.weight') || /(query|key|value)\.weight$/.test(name)) return [hiddenSize, hiddenSize];
    return [hiddenSize];
  };
  return new Map(
    allNames(config)
      .flatMap(fileNames)
      .map((name) => {
        const random = createRandom(deriveSeed(seed, name));
        const shape = shapeOf(name);
        const centre = name.endsWith('LayerNorm.weight') ? 1 : 0;
        const size = shape.reduce((product, side) => product * side, 1);
        const values = Float32Array.from({ length: size }, () => centre + (random() - 0.5) * 0.6);
        return [name, { shape, values }];
      }),
  );
}

/** Rows of random token ids of the given lengths. */
export function tinyRows(seed: number, lengths: readonly number[], config: BertConfig = tinyConfig): Int32Array[] {
  const random = createRandom(seed);
  return lengths.map((length) => Int32Array.from({ length }, () => 1 + Math.floor(random() * (config.vocabSize - 1))));
}

export function tinyBatch(seed: number, lengths: readonly number[], config: BertConfig = tinyConfig): TokenBatch {
  return padBatch(tinyRows(seed, lengths, config));
}
