/**
 * Scaled dot-product attention of several heads (Vaswani et al. 2017) over padded rows: softmax(q·kᵀ/√d)·v. Query,
 * key and value lie side by side in one packed matrix, and in each the heads side by side, as one linear layer leaves
 * them. Several heads of queries may share one of keys and values (Ainslie et al. 2023), and tokens may see only what
 * stands before them. Padding is never attended to and attends to nothing: its rows of the result and of the gradient
 * are 0.
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
 * qkv: [batch·tokens, (heads + 2·keyValueHeads)·headSize] → [batch·tokens, heads·headSize]. `place` names the layer for dropout of the
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
  const { batch, tokens, heads, keyValueHeads, headSize } = shape;
  const scale = 1 / Math.sqrt(headSize);
  const group = heads / keyValueHeads;
  const split = (x: tf.Tensor, count: number) =>
    tf.transpose(tf.reshape(x, [batch, tokens, count, headSize]), [0, 2, 1, 3]);
  const merge = (x: tf.Tensor, count: number) =>
    tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * tokens, count * headSize]);
  const queries = (x: tf.Tensor) => split(tf.slice(x, [0, 0], [batch * tokens, heads * headSize]), heads);
  /** Keys (0) or values (1), each head as often as it is shared: [batch, heads, tokens, headSize] */
  const shared = (x: tf.Tensor, i: number) => {
    const start = (heads + i * keyValueHeads) * headSize;
    const own = split(tf.slice(x, [0, start], [batch * tokens, keyValueHeads * headSize]), keyValueHeads);
    return group === 1 ? own : tf.gather(own, sharing(shape), 1);
  };
  /** The way back: what came to each head's copy, added up. */
  const unshared = (x: tf.Tensor) =>
    merge(group === 1 ? x : tf.sum(tf.reshape(x, [batch, keyValueHeads, group, tokens, headSize]), 2), keyValueHeads);
  const drop = (x: tf.Tensor) => (dropout.rate === 0 ? x : tf.mul(x, probabilityMask(shape, dropout)));
  return differentiable(
    [qkv],
    () => {
      const scores = tf.matMul(tf.mul(queries(qkv), scale), shared(qkv, 0), false, true); // [B, H, T, T]
      const { keys, rows } = masks(shape);
      const probabilities = tf.mul(softmax(tf.add(scores, keys)), rows);
      return { value: merge(tf.matMul(drop(probabilities), shared(qkv, 1)), heads), saved: [qkv, probabilities] };
    },
    (dy, saved) =>
      tf.tidy(() => {
        const [packed, probabilities] = [saved(0), saved(1)];
        const dMixed = split(dy, heads); // [B, H, T, d]
        const dV = tf.matMul(drop(probabilities), dMixed, true, false);
        const dProbabilities = drop(tf.matMul(dMixed, shared(packed, 1), false, true));
        const dScores = tf.mul(softmaxGradient(probabilities, dProbabilities), scale);
        const dQ = tf.matMul(dScores, shared(packed, 0));
        const dK = tf.matMul(dScores, queries(packed), true, false);
        return [tf.concat([merge(dQ, heads), unshared(dK), unshared(dV)], 1)];
      }),
  );
}

/** Which head of keys each head of queries has. */
function sharing({ heads, keyValueHeads }: AttentionShape): tf.Tensor1D {
  const group = heads / keyValueHeads;
  return tf.tensor1d(
    Int32Array.from({ length: heads }, (_, head) => Math.floor(head / group)),
    'int32',
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

/** What is added to scores, [batch, 1, 1 or tokens, tokens], and what rows are multiplied by, [batch, 1, tokens, 1]. */
function masks({ batch, tokens, lengths, causal }: AttentionShape): { keys: tf.Tensor; rows: tf.Tensor } {
  const perText = causal ? tokens : 1;
  const keys = new Float32Array(batch * perText * tokens).fill(MASKED);
  const rows = new Float32Array(batch * tokens);
  lengths.forEach((length, text) => {
    for (let query = 0; query < perText; query++) {
      const start = (text * perText + query) * tokens;
      keys.fill(0, start, start + (causal ? Math.min(length, query + 1) : length));
    }
    rows.fill(1, text * tokens, text * tokens + length);
  });
  return { keys: tf.tensor(keys, [batch, 1, perText, tokens]), rows: tf.tensor(rows, [batch, 1, tokens, 1]) };
}
