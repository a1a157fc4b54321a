/**
 * What a training step needs by hand: bytes and floating-point operations counted from shapes alone, the yardsticks
 * that measured figures are divided by. Counts as in Korthikanti et al. 2022 («Reducing Activation Recomputation»).
 */
import type { BertConfig } from './manifest';

/** A padded batch. */
export interface BatchShape {
  batch: number;
  tokens: number;
}

const FLOAT_BYTES = 4;

/** Values of one encoder layer: four H×H products, two H×I, their biases, two LayerNorms. */
export function layerParameters({ hiddenSize: h, intermediateSize: i }: BertConfig): number {
  return 4 * (h * h + h) + 2 * h * i + i + h + 4 * h;
}

/** Values of the three tables and their LayerNorm. */
export function embeddingParameters({ vocabSize, maxPositions, typeVocabSize, hiddenSize }: BertConfig): number {
  return (vocabSize + maxPositions + typeVocabSize + 2) * hiddenSize;
}

/**
 * Values a layer keeps for its gradient, [rows] = batch·tokens: its input, query, key, value, the mixed heads, the sum
 * before and the value after the first LayerNorm, the sum before the second (8 of width H); the inner layer before and
 * after GELU (2 of width I); attention's probabilities (batch·heads·tokens²).
 */
export function layerActivations(config: BertConfig, { batch, tokens }: BatchShape): number {
  const rows = batch * tokens;
  return rows * (8 * config.hiddenSize + 2 * config.intermediateSize) + batch * config.heads * tokens * tokens;
}

export interface StepBytes {
  /** All parameters once, frozen ones too. */
  weights: number;
  gradients: number;
  moments: number;
  activations: number;
  total: number;
}

/** Bytes in float32 of a step that trains the last `trained` layers and a head of `labels` classes. */
export function stepBytes(config: BertConfig, shape: BatchShape, trained = config.layers, labels = 0): StepBytes {
  const head = (config.hiddenSize + 1) * labels;
  const own = trained * layerParameters(config) + head;
  const rows = shape.batch * shape.tokens;
  const weights = FLOAT_BYTES * (embeddingParameters(config) + config.layers * layerParameters(config) + head);
  const gradients = FLOAT_BYTES * own;
  const moments = 2 * FLOAT_BYTES * own;
  // The last layer's output and the pooled vectors come on top of what layers keep.
  const activations =
    FLOAT_BYTES * (trained * layerActivations(config, shape) + (rows + shape.batch) * config.hiddenSize);
  return { weights, gradients, moments, activations, total: weights + gradients + moments + activations };
}

/** Floating-point operations of one layer's products, forward: 2 for each multiplication with its addition. */
export function layerFlops(config: BertConfig, { batch, tokens }: BatchShape): number {
  const { hiddenSize: h, intermediateSize: i } = config;
  return 2 * batch * tokens * (4 * h * h + 2 * h * i) + 4 * batch * tokens * tokens * h;
}

/** Forward and backward of trained layers: the products of the backward pass are twice those of the forward. */
export const STEP_FACTOR = 3;
