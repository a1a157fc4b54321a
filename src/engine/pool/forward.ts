/** One batch through the encoder without dropout: what every thread of the pool computes, this one included. */
import * as tf from '@tensorflow/tfjs-core';
import type { BertConfig } from '../../core/models/manifest';
import type { TokenBatch } from '../../core/text/batches';
import { embed, encode, runLayers, type Weights } from '../models/bert/modeling';
import type { Depth } from './threads';

/** Pooled vectors [batch, hidden], or the states [batch·tokens, hidden] before a layer. */
export async function forward(
  config: BertConfig,
  weights: Weights,
  batch: TokenBatch,
  depth: Depth,
): Promise<Float32Array> {
  const result = tf.tidy(() =>
    depth === 'pooled'
      ? encode(config, weights, batch)
      : runLayers(config, weights, embed(config, weights, batch), batch, 0, depth),
  );
  return readOnce(result);
}

/** The values of a tensor, which is disposed. */
export async function readOnce(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<'float32'>();
  } finally {
    tensor.dispose();
  }
}
