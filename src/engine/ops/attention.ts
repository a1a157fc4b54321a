/**
 * Scaled dot-product attention of several heads (Vaswani et al. 2017) over padded rows: softmax(q·kᵀ/√d)·v, where
 * padding is never attended to. Heads lie side by side in the columns, as the linear layers leave them.
 *
 * With P = softmax(Q·Kᵀ) (Q scaled), D = dropout(P), O = D·V:
 *   dV = Dᵀ·dO    dP = dropout(dO·Vᵀ)    dS = P·(dP − Σ dP·P)    dQ = dS·K (scaled)    dK = dSᵀ·Q
 */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable';
import { dropoutMask, dropoutSeed, type Dropout } from './dropout';
import { softmax, softmaxGradient } from './softmax';
import { wasmAttention } from './wasm/attention';
import { wasmHeap } from './wasm/heap';

export interface AttentionShape {
  batch: number;
  tokens: number;
  heads: number;
  headSize: number;
  /** [batch] unpadded tokens of each row, at least 1 */
  lengths: Int32Array;
}

/** Finite, because a row of −∞ would give NaN; exp() of it is 0 in float32. */
const MASKED = -1e9;

/** q, k, v: [batch·tokens, heads·headSize] → the same shape. `place` names the layer for dropout of probabilities. */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  shape: AttentionShape,
  dropout: Dropout | undefined,
  place: (string | number)[],
): tf.Tensor {
  const heap = wasmHeap();
  if (heap !== null) return wasmAttention(heap, q, k, v, shape, dropout, place);

  const { batch, tokens, heads, headSize } = shape;
  const scale = 1 / Math.sqrt(headSize);
  const split = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [batch, tokens, heads, headSize]), [0, 2, 1, 3]);
  const merge = (x: tf.Tensor) => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * tokens, heads * headSize]);
  const dropping = dropout !== undefined && dropout.rate > 0;
  return differentiable(
    [q, k, v],
    () => {
      const scores = tf.matMul(tf.mul(split(q), scale), split(k), false, true); // [B, H, T, T]
      const probabilities = softmax(tf.add(scores, paddingMask(shape)));
      const saved = [q, k, v, probabilities];
      if (!dropping) return { value: merge(tf.matMul(probabilities, split(v))), saved };
      const mask = dropoutMask([batch, heads, tokens, tokens], dropout.rate, dropoutSeed(dropout, ...place));
      return { value: merge(tf.matMul(tf.mul(probabilities, mask), split(v))), saved: [...saved, mask] };
    },
    (dy, saved) =>
      tf.tidy(() => {
        const probabilities = saved(3);
        const drop = (x: tf.Tensor) => (dropping ? tf.mul(x, saved(4)) : x);
        const dMixed = split(dy); // [B, H, T, d]
        const dV = tf.matMul(drop(probabilities), dMixed, true, false);
        const dProbabilities = drop(tf.matMul(dMixed, split(saved(2)), false, true));
        const dScores = softmaxGradient(probabilities, dProbabilities);
        const dQ = tf.matMul(dScores, split(saved(1)));
        const dK = tf.matMul(dScores, split(saved(0)), true, false);
        return [tf.mul(merge(dQ), scale), tf.mul(merge(dK), scale), merge(dV)];
      }),
  );
}

/** [batch, 1, 1, tokens]: 0 for a token, a large negative number for padding. */
function paddingMask({ batch, tokens, lengths }: AttentionShape): tf.Tensor {
  const mask = new Float32Array(batch * tokens);
  lengths.forEach((length, row) => mask.fill(MASKED, row * tokens + length, (row + 1) * tokens));
  return tf.tensor(mask, [batch, 1, 1, tokens]);
}
