/** One batch through the encoder without dropout: what every thread of the pool computes, this one included. */
import * as tf from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../../core/text/batches';
import { inHalves } from '../device/in-halves';
import { embed, encode, type Encoder, pool, runLayers } from '../models/encoder';
import type { Depth } from './threads';

/** The last layers whose means are kept of a text. */
export const MEAN_LAYERS = 3 as const;

/**
 * A row for each text: its pooled vector [hidden], the means of its last layers [3 · hidden], its states before a layer
 * [tokens · hidden], or the means followed by the states.
 */
export async function forward(encoder: Encoder, batch: TokenBatch, depth: Depth): Promise<Float32Array<ArrayBuffer>> {
  return inHalves([...batch.lengths.keys()], (rows) => {
    const part = rows.length === batch.batch ? batch : rowsOf(batch, rows);
    if (depth === 'pooled') return encode(encoder, part);
    if (depth === 'means') return lastMeans(encoder, part, null);
    if (typeof depth === 'object') return lastMeans(encoder, part, depth.meansAndStates);
    return runLayers(encoder, embed(encoder, part), part, 0, depth);
  });
}

/**
 * Means over tokens of the states after each of the last three layers, oldest first, and with `from` the states before
 * that layer, which the pass goes through anyway. Of a model of two layers the states before them count as the oldest.
 */
function lastMeans(encoder: Encoder, batch: TokenBatch, from: number | null): tf.Tensor {
  const { layers, hiddenSize } = encoder.config;
  const kept = Array.from({ length: MEAN_LAYERS }, (_, i) => Math.max(0, layers - MEAN_LAYERS + 1 + i));
  let state = embed(encoder, batch);
  let at = 0;
  let passed: tf.Tensor | null = null;
  const means: tf.Tensor[] = [];
  for (const stop of [...new Set([...kept, ...(from === null ? [] : [from])])].sort((a, b) => a - b)) {
    state = runLayers(encoder, state, batch, at, stop);
    at = stop;
    if (stop === from) passed = state;
    for (const layer of kept) if (layer === stop) means.push(pool(encoder, state, batch));
  }
  if (passed !== null) means.push(tf.reshape(passed, [batch.batch, batch.tokens * hiddenSize]));
  return tf.concat(means, 1);
}

/** Some rows of a batch, padded as before: their values stand where they would have stood. */
function rowsOf({ tokens, ids, lengths }: TokenBatch, rows: readonly number[]): TokenBatch {
  const own = new Int32Array(rows.length * tokens);
  rows.forEach((row, i) => own.set(ids.subarray(row * tokens, (row + 1) * tokens), i * tokens));
  return { batch: rows.length, tokens, ids: own, lengths: Int32Array.from(rows, (row) => lengths[row] ?? 0) };
}
