/**
 * Scaled dot-product attention of several heads (Vaswani et al. 2017) over padded rows: softmax(q·kᵀ/√d)·v. Query,
 * key and value lie side by side in one packed matrix, and in each the heads side by side, as one linear layer leaves
 * them. Padding is never attended to and attends to nothing: its rows of the result and of the gradient are 0.
 *
 * With P = softmax(Q·Kᵀ) (Q scaled), D = dropout(P), O = D·V:
 *   dV = Dᵀ·dO    dP = dropout(dO·Vᵀ)    dS = P·(dP − Σ dP·P)    dQ = dS·K (scaled)    dK = dSᵀ·Q
 * and Σ dP·P = Σ dO·O, a sum over the head instead of the tokens. On WebGPU P is not kept: kernels/attention-*.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AttentionShape } from './attention-shape';
import { differentiable } from './differentiable';
import { COUNTED_TOKENS } from '../kernels/dropout';
import { dropoutAt, dropRun, probabilityStart, type Dropout, type PlaceDropout } from './dropout';
import { currentPath } from './path';
import { softmax, softmaxGradient } from './softmax';
import { wasmAttention } from './wasm/attention';
import { webGpuAttention } from './webgpu/attention';

/** Finite, because a row of −∞ would give NaN; exp() of it is 0 in float32. */
const MASKED = -1e9;

/**
 * qkv: [batch·tokens, 3·heads·headSize] → [batch·tokens, heads·headSize]. `place` names the layer for dropout of the
 * probabilities.
 */
export function attention(
  qkv: tf.Tensor,
  shape: AttentionShape,
  dropout: Dropout | undefined,
  place: (string | number)[],
): tf.Tensor {
  const drop = dropoutAt(dropout, ...place);
  const path = currentPath();
  if (path.kind === 'webgpu') return webGpuAttention(path.gpu, qkv, shape, drop);
  if (path.kind === 'wasm') return wasmAttention(path.heap, qkv, shape, drop);
  return portableAttention(qkv, shape, drop);
}

function portableAttention(qkv: tf.Tensor, shape: AttentionShape, dropout: PlaceDropout): tf.Tensor {
  const { batch, tokens, heads, headSize } = shape;
  const hidden = heads * headSize;
  const scale = 1 / Math.sqrt(headSize);
  const split = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [batch, tokens, heads, headSize]), [0, 2, 1, 3]);
  const merge = (x: tf.Tensor) => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * tokens, hidden]);
  const part = (x: tf.Tensor, i: number) => split(tf.slice(x, [0, i * hidden], [batch * tokens, hidden]));
  const drop = (x: tf.Tensor) => (dropout.rate === 0 ? x : tf.mul(x, probabilityMask(shape, dropout)));
  return differentiable(
    [qkv],
    () => {
      const scores = tf.matMul(tf.mul(part(qkv, 0), scale), part(qkv, 1), false, true); // [B, H, T, T]
      const { keys, queries } = paddingMasks(shape);
      const probabilities = tf.mul(softmax(tf.add(scores, keys)), queries);
      return { value: merge(tf.matMul(drop(probabilities), part(qkv, 2))), saved: [qkv, probabilities] };
    },
    (dy, saved) =>
      tf.tidy(() => {
        const [packed, probabilities] = [saved(0), saved(1)];
        const dMixed = split(dy); // [B, H, T, d]
        const dV = tf.matMul(drop(probabilities), dMixed, true, false);
        const dProbabilities = drop(tf.matMul(dMixed, part(packed, 2), false, true));
        const dScores = tf.mul(softmaxGradient(probabilities, dProbabilities), scale);
        const dQ = tf.matMul(dScores, part(packed, 1));
        const dK = tf.matMul(dScores, part(packed, 0), true, false);
        return [tf.concat([merge(dQ), merge(dK), merge(dV)], 1)];
      }),
  );
}

/** What dropout multiplies probabilities by, [batch, heads, tokens, tokens]. */
function probabilityMask({ batch, tokens, heads }: AttentionShape, dropout: PlaceDropout): tf.Tensor {
  const mask = new Float32Array(batch * heads * tokens * tokens).fill(1);
  for (let row = 0; row < batch * heads * tokens; row++) {
    const [pair, query] = [dropout.firstText * heads + Math.floor(row / tokens), row % tokens];
    for (let key = 0; key < tokens; key += COUNTED_TOKENS) {
      const run = mask.subarray(row * tokens + key, row * tokens + Math.min(key + COUNTED_TOKENS, tokens));
      dropRun(run, probabilityStart(dropout.seed, pair, query, key), dropout.rate);
    }
  }
  return tf.tensor4d(mask, [batch, heads, tokens, tokens]);
}

/** What is added to scores, [batch, 1, 1, tokens], and what rows are multiplied by, [batch, 1, tokens, 1]. */
function paddingMasks({ batch, tokens, lengths }: AttentionShape): { keys: tf.Tensor; queries: tf.Tensor } {
  const keys = new Float32Array(batch * tokens).fill(MASKED);
  const queries = new Float32Array(batch * tokens);
  lengths.forEach((length, row) => {
    keys.fill(0, row * tokens, row * tokens + length);
    queries.fill(1, row * tokens, row * tokens + length);
  });
  return { keys: tf.tensor(keys, [batch, 1, 1, tokens]), queries: tf.tensor(queries, [batch, 1, tokens, 1]) };
}
