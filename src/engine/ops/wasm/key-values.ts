/**
 * Keys and values that are kept, for WebAssembly: keys [batch, keyValueHeads, capacity, headSize], values turned,
 * [batch, keyValueHeads, headSize, capacity], so that scores and their mix are both sums along lines. See
 * ops/key-values.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { KeyValues, KeyValueSizes } from '../key-value-cache';
import { expOfNegative } from './exponential';
import type { WasmHeap } from './heap';

/** The first `tokens` of every text. */
export function rememberOnHeap(
  qkv: Float32Array,
  keys: Float32Array,
  values: Float32Array,
  sizes: KeyValueSizes,
  tokens: number,
): void {
  const width = (sizes.heads + 2 * sizes.keyValueHeads) * sizes.headSize;
  for (let text = 0; text < sizes.batch; text++) {
    for (let token = 0; token < tokens; token++) {
      keep(qkv, (text * tokens + token) * width, keys, values, sizes, text, token);
    }
  }
}

/** Of the row of qkv that begins at `row`. */
function keep(
  qkv: Float32Array,
  row: number,
  keys: Float32Array,
  values: Float32Array,
  { heads, keyValueHeads, headSize, capacity }: KeyValueSizes,
  text: number,
  token: number,
): void {
  for (let head = 0; head < keyValueHeads; head++) {
    const from = row + (heads + head) * headSize;
    const past = (text * keyValueHeads + head) * capacity * headSize;
    for (let i = 0; i < headSize; i++) {
      keys[past + token * headSize + i] = qkv[from + i] ?? 0;
      values[past + i * capacity + token] = qkv[from + keyValueHeads * headSize + i] ?? 0;
    }
  }
}

/** out: [batch, heads·headSize] */
export function attendPastOnHeap(
  heap: WasmHeap,
  { sizes, keys, values }: KeyValues,
  qkv: tf.Tensor,
  positions: Int32Array,
  out: tf.Tensor,
): void {
  const { heads, keyValueHeads, headSize, capacity } = sizes;
  const scale = 1 / Math.sqrt(headSize);
  tf.tidy(() => {
    const scores = heap.make([capacity]);
    const [q, s, mixed, k, v] = [qkv, scores, out, keys, values].map((tensor) => heap.view(tensor));
    if (!q || !s || !mixed || !k || !v) return;
    const byte = (tensor: tf.Tensor): number => 4 * heap.indexOf(tensor);
    const width = (heads + 2 * keyValueHeads) * headSize;
    const exp = expOfNegative; // where modules are not bundled, an imported name is looked up at every use
    positions.forEach((position, text) => {
      keep(q, text * width, k, v, sizes, text, position);
      const count = position + 1;
      const four = 4 * Math.ceil(count / 4);
      for (let head = 0; head < heads; head++) {
        const past = (text * keyValueHeads + Math.floor(head / (heads / keyValueHeads))) * capacity * headSize;
        const from = text * width + head * headSize;
        if (headSize % 4 !== 0) sumsOfOddHead(q, from, k, past, headSize, s, count);
        else
          heap.floatDots(byte(keys) + 4 * past, byte(qkv) + 4 * from, byte(scores), 4 * headSize, count, 4 * headSize);
        let most = -Infinity;
        for (let i = 0; i < count; i++) most = Math.max(most, s[i] ?? NaN);
        let total = 0;
        for (let i = 0; i < count; i++) {
          const weight = exp(((s[i] ?? NaN) - most) * scale);
          s[i] = weight;
          total += weight;
        }
        for (let i = 0; i < count; i++) s[i] = (s[i] ?? 0) / total;
        s.fill(0, count, four);
        const to = byte(out) + 4 * (text * heads + head) * headSize;
        heap.floatDots(byte(values) + 4 * past, byte(scores), to, 4 * four, headSize, 4 * capacity);
      }
    });
  });
}

/** Scores of a head whose numbers are not a multiple of four. */
function sumsOfOddHead(
  q: Float32Array,
  from: number,
  k: Float32Array,
  past: number,
  headSize: number,
  scores: Float32Array,
  count: number,
): void {
  for (let token = 0; token < count; token++) {
    let sum = 0;
    for (let i = 0; i < headSize; i++) sum += (q[from + i] ?? 0) * (k[past + token * headSize + i] ?? 0);
    scores[token] = sum;
  }
}
