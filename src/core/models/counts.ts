/**
 * What a training step needs by hand: bytes and floating-point operations counted from shapes alone, the yardsticks
 * that measured figures are divided by. What a layer takes is said by the model's family.
 */

/** A padded batch. */
export interface BatchShape {
  batch: number;
  tokens: number;
}

/** What the models of one config take, in values and operations. */
export interface ModelCounts {
  layers: number;
  hiddenSize: number;
  /** Values of all embedding tables, with what belongs to them. */
  embeddingParameters: number;
  /** Values of one layer. */
  layerParameters: number;
  /** Values a token takes in the widest matrix that a layer makes. */
  widestRow: number;
  /** Values that a layer keeps for its gradient. */
  layerActivations(shape: BatchShape): number;
  /** Floating-point operations of one layer's products, forward: 2 for each multiplication with its addition. */
  layerFlops(shape: BatchShape): number;
}

const FLOAT_BYTES = 4;

export interface StepBytes {
  /** All parameters once, frozen ones too. */
  weights: number;
  gradients: number;
  moments: number;
  activations: number;
  total: number;
}

/**
 * Bytes in float32 of a step that trains the last `trained` layers and a head of `labels` classes; with an `adapter`, so
 * many values of one on those layers in their place.
 */
export function stepBytes(
  counts: ModelCounts,
  shape: BatchShape,
  trained = counts.layers,
  labels = 0,
  adapter: number | null = null,
): StepBytes {
  const { layers, hiddenSize, embeddingParameters, layerParameters } = counts;
  const head = (hiddenSize + 1) * labels;
  const own = (adapter ?? trained * layerParameters) + head;
  const rows = shape.batch * shape.tokens;
  const weights = FLOAT_BYTES * (embeddingParameters + layers * layerParameters + (adapter ?? 0) + head);
  const gradients = FLOAT_BYTES * own;
  const moments = 2 * FLOAT_BYTES * own;
  // The last layer's output and the pooled vectors come on top of what layers keep.
  const activations = FLOAT_BYTES * (trained * counts.layerActivations(shape) + (rows + shape.batch) * hiddenSize);
  return { weights, gradients, moments, activations, total: weights + gradients + moments + activations };
}

/** Forward and backward of trained layers: the products of the backward pass are twice those of the forward. */
export const STEP_FACTOR = 3;

/** With an adapter: the products that make the gradients of the layers' own weights are left out. */
export const ADAPTER_STEP_FACTOR = 2;
