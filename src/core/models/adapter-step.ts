/** Bytes of a step that trains an adapter beside the frozen matrices of a decoder, counted from shapes alone. */
import type { BatchShape, ModelCounts } from './counts';

/** What does not change with the batch. */
export interface AdapterModel {
  counts: ModelCounts;
  vocabSize: number;
  /** Of the frozen weights as they are on the device: blocks where they stay packed. */
  weightBytes: number;
  /** Values of the adapter. */
  adapterValues: number;
}

/** At most at the same time. */
export interface AdapterStepBytes {
  /** Of all tensors. */
  total: number;
  /** Of the largest one. */
  tensor: number;
}

/** 32 MiB of logits: few chunks, and far below any buffer limit. */
export const LOGITS_AT_ONCE = 2 ** 23;

const FLOAT_BYTES = 4;

/**
 * `recompute`: of each layer only what goes in is kept, and one layer at a time is computed again for its gradient. The
 * gradients in flight are about as much as one layer keeps. Logits stand there with their gradient.
 */
export function adapterStepBytes(
  { counts, vocabSize, weightBytes, adapterValues }: AdapterModel,
  shape: BatchShape,
  recompute: boolean,
): AdapterStepBytes {
  const rows = shape.batch * shape.tokens;
  const layer = counts.layerActivations(shape);
  const kept = recompute ? counts.layers * rows * counts.hiddenSize + layer : counts.layers * layer;
  // A chunk is never less than a row.
  const logits = Math.min(rows * vocabSize, Math.max(LOGITS_AT_ONCE, vocabSize));
  // The last states, normalised and chosen, with their gradients. Values, gradients and both moments of the adapter.
  const values = kept + Math.max(layer, 2 * logits) + 4 * rows * counts.hiddenSize + 4 * adapterValues;
  return {
    total: weightBytes + FLOAT_BYTES * values,
    tensor: FLOAT_BYTES * Math.max(rows * counts.widestRow, logits),
  };
}
