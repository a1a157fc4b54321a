/**
 * A model family: what one folder here knows of its models, and nothing else does. The other rooms hold an `Encoder`
 * (encoder.ts) or a `Decoder` (decoder.ts), which carries its family. Both have layers in common; what comes after the
 * last one is a vector for each text or one for each token.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { ModelCounts } from '../../core/models/counts';
import type { LoraConfig } from '../../core/models/lora';
import type { ModelConfig } from '../../core/models/model-config';
import type { TokenBatch } from '../../core/text/batches';
import type { LinearModule } from '../adapters/adapter';
import type { Dropout } from '../ops/dropout';
import type { KeyValues } from '../ops/key-value-cache';
import type { NamedArray, NamedBlocks, Weights } from './weights';

/** What of a model is trained: the last `layers` layers (0 = none), and the embedding tables or not. */
export interface Trainable {
  layers: number;
  embeddings: boolean;
}

/**
 * Functions of a config and weights that belong together. They are written as methods, whose parameters TypeScript lets
 * be narrower: a family takes the config that its own `parseConfig` gave, which other rooms know by its sizes only.
 * All that make tensors are called inside `tf.tidy`.
 */
export interface ModelFamily {
  /** As manifests (`architecture`), registry entries and messages to threads name it. */
  readonly id: string;
  /** The config of a manifest; throws `model-damaged` when it is not one of this family. */
  parseConfig(config: unknown): ModelConfig;

  /** Rows of the word table, as the batch's ids, to the states before the first layer: [batch·tokens, hidden]. */
  embed(config: ModelConfig, weights: Weights, batch: TokenBatch, dropout?: Dropout): tf.Tensor;
  /**
   * Layers `from` (included) to `to` (not included): [batch·tokens, hidden] → the same. Adapters that stand among the
   * weights are those of `lora`.
   */
  runLayers(
    config: ModelConfig,
    weights: Weights,
    hidden: tf.Tensor,
    batch: TokenBatch,
    from: number,
    to: number,
    dropout?: Dropout,
    lora?: LoraConfig,
    recompute?: boolean,
  ): tf.Tensor;
  /** The linear layers of all layers, which may have an adapter, first layer first. */
  linearModules(config: ModelConfig): LinearModule[];

  /**
   * The table whose rows are looked up by token id, [vocabSize, hidden]: named and laid out in files as in the engine.
   * Where it is frozen only the rows in use may be on the device.
   */
  readonly wordTable: string;
  /** Every parameter of the model. */
  allNames(config: ModelConfig): string[];
  /** The trained parameters, embeddings first. */
  trainableNames(config: ModelConfig, trainable: Trainable): string[];

  /** True for a parameter of a model's files, by its name there, that is only applied as a product: it may stay packed. */
  isLinearWeight(name: string): boolean;
  /**
   * Parameters in the engine's names and layout from those of a model's files; what comes packed keeps the layout of
   * files, [outputs, inputs]. Throws `model-damaged`.
   */
  fromFiles(files: Iterable<NamedArray | NamedBlocks>): Iterable<NamedArray | NamedBlocks>;
  /** The engine's parameters as a kept model has them: named as in files, matrices as in the engine. */
  toKept(arrays: Iterable<NamedArray>): Iterable<NamedArray>;
  /** The way back. Throws `model-damaged`. */
  fromKept(kept: Iterable<NamedArray>): Iterable<NamedArray>;

  /** What models of this config take, by count. */
  counts(config: ModelConfig): ModelCounts;
}

/** A family whose models make a vector of a text. */
export interface EncoderFamily extends ModelFamily {
  readonly task: 'encoder';
  /** States after the last layer to one vector a text: [batch, hidden], not normalised. */
  pool(config: ModelConfig, states: tf.Tensor, batch: TokenBatch): tf.Tensor;
}

/** A family whose models say which token comes next. */
export interface DecoderFamily extends ModelFamily {
  readonly task: 'decoder';
  /** The config of a manifest; throws `model-damaged` when it is not one of this family. */
  parseConfig(config: unknown): DecoderConfig;
  /** All layers over new tokens, which leave their keys and values behind. Without gradients: [rows, hidden] → the same. */
  continueLayers(
    config: DecoderConfig,
    weights: Weights,
    hidden: tf.Tensor,
    continuation: Continuation,
    lora?: LoraConfig,
  ): tf.Tensor;
  /**
   * Logits of one new token a text in fewer operations than by `continueLayers`; null where the backend has no such way.
   * Weights and adapter are taken as they are now.
   */
  tokenLogits(config: DecoderConfig, weights: Weights, lora?: LoraConfig): TokenLogits | null;
  /** States after the last layer to what the output table is multiplied by: [batch·tokens, hidden] → the same. */
  finish(config: DecoderConfig, weights: Weights, states: tf.Tensor): tf.Tensor;
  /** The table whose product with a state gives the logits, [vocabSize, hidden]: the word table where both are tied. */
  outputTable(config: DecoderConfig): string;
}

/** What new tokens of texts go on from. */
export interface Continuation {
  /** Of each layer what was kept of the tokens so far; what is new is added. */
  past: readonly KeyValues[];
  /** Of the new tokens of a text; of one for each text after the prompts. */
  positions: Int32Array;
  /** Where nothing is kept so far: the texts' first tokens, all at once. Else there is one new token a text. */
  prompt?: TokenBatch | undefined;
}

/** Logits of single tokens, without gradients. */
export interface TokenLogits {
  /** hidden [batch, hidden], of tokens that go on from `past` → [batch, vocabSize]. To be called inside `tf.tidy`. */
  logits(hidden: tf.Tensor, continuation: Continuation): tf.Tensor;
  dispose(): void;
}

/** What a decoder has besides. */
export interface DecoderConfig extends ModelConfig {
  heads: number;
  keyValueHeads: number;
  headSize: number;
}

/** Any family. */
export type AnyFamily = EncoderFamily | DecoderFamily;
