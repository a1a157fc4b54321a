/**
 * Texts to sentence vectors: the encoder without dropout, mean-pooled, L2-normalised.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BertConfig } from '../../core/models/manifest';
import { inferenceBatches, padBatch } from '../../core/text/batches';
import { encode, type Weights } from '../models/bert/modeling';
import { FORWARD_TOKENS } from './budget';
import type { Pace } from './pace';
import { normaliseRows, placeRows } from './rows';

export interface EncodeOptions {
  pace: Pace;
  /** Go on after a stop. */
  finishing?: boolean;
  /** Told after each batch. */
  onRows?: (rows: number) => void;
}

/** Vectors [rows, hidden], each of length 1, in the order of `tokenIds`. Null when stopped. */
export async function encodeTexts(
  config: BertConfig,
  weights: Weights,
  tokenIds: readonly Int32Array[],
  { pace, finishing = false, onRows }: EncodeOptions,
): Promise<Float32Array | null> {
  const hidden = config.hiddenSize;
  const vectors = new Float32Array(tokenIds.length * hidden);
  const lengths = tokenIds.map((ids) => ids.length);
  for (const rows of inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS })) {
    if (!(await pace.goOn(finishing))) return null;
    const batch = padBatch(rows.map((row) => tokenIds[row] ?? new Int32Array()));
    const pooled = tf.tidy(() => encode(config, weights, batch));
    const values = await readOnce(pooled);
    pace.checkDevice();
    placeRows(vectors, rows, values, hidden);
    onRows?.(rows.length);
  }
  return normaliseRows(vectors, hidden);
}

/** The values of a tensor, which is disposed. */
export async function readOnce(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<'float32'>();
  } finally {
    tensor.dispose();
  }
}
