/**
 * What of an encoder computes, whatever its family: the functions through which tasks, threads and benches use it.
 * All make tensors: call them inside `tf.tidy`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { ModelCounts } from '../../core/models/counts';
import type { LoraConfig } from '../../core/models/lora';
import type { ModelConfig } from '../../core/models/model-config';
import type { TokenBatch } from '../../core/text/batches';
import type { Dropout } from '../ops/dropout';
import type { EncoderFamily, Trainable } from './family';
import { parameter, type Weights } from './weights';
import type { WordRows } from './word-rows';

export interface Encoder {
  family: EncoderFamily;
  /** As the family's `parseConfig` gave it. */
  config: ModelConfig;
  weights: Weights;
  /** The rows of the word table that the weights have; absent: all. */
  words?: WordRows | undefined;
  /** What the adapters among the weights were made with; absent where there are none. */
  lora?: LoraConfig | undefined;
}

/** A model without its weights. */
export type Architecture = Pick<Encoder, 'family' | 'config'>;

/** The same model with other weights: a fork's, with adapters of `lora` among them or without any. */
export function withWeights({ family, config, words }: Encoder, weights: Weights, lora?: LoraConfig): Encoder {
  return { family, config, weights, words, lora };
}

/** A word table for some texts alone. */
export interface WordTable {
  words: WordRows;
  table: tf.Tensor;
}

/** The same model with those words, unless it has all. */
export function withWords(encoder: Encoder, own: WordTable | undefined): Encoder {
  if (!own || hasAllWords(encoder)) return encoder;
  const weights = new Map([...encoder.weights, [encoder.family.wordTable, own.table]]);
  return { ...encoder, weights, words: own.words };
}

/** Token ids to pooled vectors, the whole way: [batch, hidden], not normalised. */
export function encode(encoder: Encoder, batch: TokenBatch, dropout?: Dropout): tf.Tensor {
  const hidden = embed(encoder, batch, dropout);
  return pool(encoder, runLayers(encoder, hidden, batch, 0, encoder.config.layers, dropout), batch);
}

/** The states before the first layer: [batch·tokens, hidden]. */
export function embed(encoder: Encoder, batch: TokenBatch, dropout?: Dropout): tf.Tensor {
  const { family, config, weights, words } = encoder;
  return family.embed(config, weights, words && !hasAllWords(encoder) ? words.find(batch) : batch, dropout);
}

/** True where the word table is whole: a fork may have its own, that was trained. */
export function hasAllWords({ family, config, weights }: Encoder): boolean {
  return parameter(weights, family.wordTable).shape[0] === config.vocabSize;
}

/** Layers `from` (included) to `to` (not included): [batch·tokens, hidden] → the same. */
export function runLayers(
  { family, config, weights, lora }: Encoder,
  hidden: tf.Tensor,
  batch: TokenBatch,
  from: number,
  to: number,
  dropout?: Dropout,
): tf.Tensor {
  return family.runLayers(config, weights, hidden, batch, from, to, dropout, lora);
}

/** States after the last layer to one vector a text: [batch, hidden], not normalised. */
export function pool({ family, config }: Architecture, states: tf.Tensor, batch: TokenBatch): tf.Tensor {
  return family.pool(config, states, batch);
}

/** The parameters that a method trains, embeddings first. */
export function trainableNames({ family, config }: Architecture, trainable: Trainable): string[] {
  return family.trainableNames(config, trainable);
}

/** What the model takes, by count; of the word table, the rows that it has. */
export function countsOf({ family, config, words }: Architecture & Pick<Encoder, 'words'>): ModelCounts {
  const counts = family.counts(config);
  if (!words) return counts;
  const absent = config.vocabSize - words.ids.length;
  return { ...counts, embeddingParameters: counts.embeddingParameters - absent * config.hiddenSize };
}
