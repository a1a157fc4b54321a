/**
 * Texts to sentence vectors: the encoder without dropout, mean-pooled, L2-normalised.
 */
import { inferenceBatches, padBatch } from '../../core/text/batches';
import type { Encoder } from '../models/encoder';
import { forwardAll, type ForwardPlan } from '../threads/forward-all';
import { FORWARD_TOKENS } from '../fit/budget';
import { normaliseRows, placeRows } from '../fit/rows';

export interface EncodeOptions extends Pick<ForwardPlan, 'pace' | 'finishing' | 'threads' | 'onLog'> {
  /** Told after each batch. */
  onRows?: (rows: number) => void;
}

/** Vectors [rows, hidden], each of length 1, in the order of `tokenIds`. Null when stopped. */
export async function encodeTexts(
  encoder: Encoder,
  tokenIds: readonly Int32Array[],
  options: EncodeOptions,
): Promise<Float32Array | null> {
  const hidden = encoder.config.hiddenSize;
  const vectors = new Float32Array(tokenIds.length * hidden);
  const rows = textBatches(tokenIds);
  const batches = rows.map((texts) => batchOf(tokenIds, texts));
  const onValues = (index: number, values: Float32Array): void => {
    const places = rows[index] ?? [];
    placeRows(vectors, places, values, hidden);
    options.onRows?.(places.length);
  };
  const done = await forwardAll({ ...options, encoder, batches, depth: 'pooled', onValues });
  return done ? normaliseRows(vectors, hidden) : null;
}

/** Positions in `tokenIds` that are computed together. */
export function textBatches(tokenIds: readonly Int32Array[]): number[][] {
  const lengths = tokenIds.map((ids) => ids.length);
  return inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS });
}

/** The padded ids of some texts. */
export function batchOf(tokenIds: readonly Int32Array[], texts: readonly number[]) {
  return padBatch(texts.map((text) => tokenIds[text] ?? new Int32Array()));
}
