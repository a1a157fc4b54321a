/**
 * Attention for WebAssembly. Heads are copied out of the packed matrix into matrices of their own, so that XNNPACK
 * multiplies each of them: five to seven times faster than tfjs's product of a batch. Padding is left out, so that a
 * short row among long ones costs what it is. Where a product wants a side transposed, it is the heads that are
 * copied so, never the larger scores. Softmax, dropout and their gradients are loops here. The formulas stand in
 * ops/attention.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AttentionShape } from '../attention-shape';
import { differentiable } from '../differentiable';
import { dropThreshold, randomBits, type Dropout } from '../dropout';
import type { WasmHeap } from './heap';

/** qkv: [batch·tokens, 3·hidden] → [batch·tokens, hidden]; see `attention` for the meaning. */
export function wasmAttention(heap: WasmHeap, qkv: tf.Tensor, shape: AttentionShape, drop: Dropout): tf.Tensor {
  const { batch, tokens, heads, headSize } = shape;
  const hidden = heads * headSize;
  const scale = 1 / Math.sqrt(headSize);
  const texts = textsOf(shape);
  const makeScores = () => heap.make([texts.reduce((sum, { length }) => sum + heads * length ** 2, 0)]);
  const makeHeads = () => heap.make([texts.reduce((sum, { length }) => sum + hidden * length, 0)]);

  const split = (x: tf.Tensor, columns: Columns, transposed = false) => {
    const out = makeHeads();
    splitHeads(heap.view(x), heap.view(out), shape, columns, transposed);
    return out;
  };
  /** Scores [length, length] of every head: a [length, headSize] · b [headSize, length] */
  const scoresOf = (a: tf.Tensor, b: tf.Tensor) => {
    const out = makeScores();
    for (const { length, atHeads, atScores } of texts) {
      const size = { count: heads, rows: length, inner: headSize, columns: length };
      heap.multiplyMany(a, b, out, size, { a: atHeads, b: atHeads, out: atScores });
    }
    return out;
  };
  /** [length, headSize] of every head: scores · b [length, headSize] */
  const mixOf = (scores: tf.Tensor, b: tf.Tensor) => {
    const out = makeHeads();
    for (const { length, atHeads, atScores } of texts) {
      const size = { count: heads, rows: length, inner: length, columns: headSize };
      heap.multiplyMany(scores, b, out, size, { a: atScores, b: atHeads, out: atHeads });
    }
    return out;
  };
  /** [headSize, length] of every head: a [headSize, length] · scores, which is (scoresᵀ · aᵀ)ᵀ */
  const mixBackOf = (a: tf.Tensor, scores: tf.Tensor) => {
    const out = makeHeads();
    for (const { length, atHeads, atScores } of texts) {
      const size = { count: heads, rows: headSize, inner: length, columns: length };
      heap.multiplyMany(a, scores, out, size, { a: atHeads, b: atScores, out: atHeads });
    }
    return out;
  };
  const dropped = (scores: tf.Tensor) => {
    if (drop.rate === 0) return scores;
    const out = heap.make(scores.shape);
    dropScores(heap.view(scores), heap.view(out), shape, drop);
    return out;
  };

  const only: Columns = { first: 0, width: hidden };
  const part = (i: number): Columns => ({ first: i * hidden, width: 3 * hidden });
  return differentiable(
    [qkv],
    () => {
      const probabilities = scoresOf(split(qkv, part(0)), split(qkv, part(1), true));
      softmaxInPlace(heap.view(probabilities), shape, scale);
      const mixed = mixOf(dropped(probabilities), split(qkv, part(2)));
      const out = heap.make([batch * tokens, hidden]);
      mergeHeads(heap.view(mixed), heap.view(out), shape, only, false);
      return { value: out, saved: [qkv, probabilities] };
    },
    (dy, saved) =>
      tf.tidy(() => {
        const [packed, probabilities] = [saved(0), saved(1)];
        const dV = mixBackOf(split(dy, only, true), dropped(probabilities));
        const dScores = scoresOf(split(dy, only), split(packed, part(2), true));
        if (drop.rate > 0) dropScores(heap.view(dScores), heap.view(dScores), shape, drop);
        softmaxGradientInPlace(heap.view(probabilities), heap.view(dScores), shape, scale);
        const dQ = mixOf(dScores, split(packed, part(1)));
        const dK = mixBackOf(split(packed, part(0), true), dScores);
        const dQkv = heap.make([batch * tokens, 3 * hidden]);
        mergeHeads(heap.view(dQ), heap.view(dQkv), shape, part(0), false);
        mergeHeads(heap.view(dK), heap.view(dQkv), shape, part(1), true);
        mergeHeads(heap.view(dV), heap.view(dQkv), shape, part(2), true);
        return [dQkv];
      }),
  );
}

/** Which columns of a matrix hold the heads: from `first` on, in rows of `width` numbers. */
interface Columns {
  first: number;
  width: number;
}

/** One row of the batch without its padding, and where its heads and its scores begin. */
interface Text {
  length: number;
  atHeads: number;
  atScores: number;
}

function textsOf({ batch, tokens, heads, headSize, lengths }: AttentionShape): Text[] {
  let [atHeads, atScores] = [0, 0];
  return Array.from({ length: batch }, (_, row) => {
    const length = lengths[row] ?? tokens;
    const text = { length, atHeads, atScores };
    atHeads += heads * headSize * length;
    atScores += heads * length * length;
    return text;
  });
}

/** Rows of `from` → [length, headSize] for every head of every text, or transposed. */
function splitHeads(
  from: Float32Array,
  to: Float32Array,
  { batch, tokens, heads, headSize, lengths }: AttentionShape,
  { first, width }: Columns,
  transposed: boolean,
): void {
  let base = 0;
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] ?? tokens;
    const [tokenStep, step] = transposed ? [1, length] : [headSize, 1];
    for (let head = 0; head < heads; head++, base += length * headSize) {
      for (let token = 0; token < length; token++) {
        const start = (row * tokens + token) * width + first + head * headSize;
        for (let j = 0, i = base + token * tokenStep; j < headSize; j++, i += step) to[i] = from[start + j] ?? 0;
      }
    }
  }
}

/** The way back; rows of padding become 0. */
function mergeHeads(
  from: Float32Array,
  to: Float32Array,
  { batch, tokens, heads, headSize, lengths }: AttentionShape,
  { first, width }: Columns,
  transposed: boolean,
): void {
  let base = 0;
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] ?? tokens;
    const [tokenStep, step] = transposed ? [1, length] : [headSize, 1];
    for (let head = 0; head < heads; head++, base += length * headSize) {
      for (let token = 0; token < length; token++) {
        const start = (row * tokens + token) * width + first + head * headSize;
        for (let j = 0, i = base + token * tokenStep; j < headSize; j++, i += step) to[start + j] = from[i] ?? 0;
      }
    }
    for (let token = length; token < tokens; token++) {
      const start = (row * tokens + token) * width + first;
      to.fill(0, start, start + heads * headSize);
    }
  }
}

/** softmax(scale · scores), row by row. */
function softmaxInPlace(scores: Float32Array, shape: AttentionShape, scale: number): void {
  eachScoreRow(shape, (start, end) => {
    let max = -Infinity;
    for (let j = start; j < end; j++) max = Math.max(max, scores[j] ?? 0);
    let sum = 0;
    for (let j = start; j < end; j++) {
      const e = Math.exp(((scores[j] ?? 0) - max) * scale);
      scores[j] = e;
      sum += e;
    }
    const inverse = 1 / sum;
    for (let j = start; j < end; j++) scores[j] = (scores[j] ?? 0) * inverse;
  });
}

/** Turns dP in `gradient` into dS, times `scale`, row by row. */
function softmaxGradientInPlace(
  probabilities: Float32Array,
  gradient: Float32Array,
  shape: AttentionShape,
  scale: number,
): void {
  eachScoreRow(shape, (start, end) => {
    let along = 0;
    for (let j = start; j < end; j++) along += (gradient[j] ?? 0) * (probabilities[j] ?? 0);
    for (let j = start; j < end; j++) {
      gradient[j] = scale * (probabilities[j] ?? 0) * ((gradient[j] ?? 0) - along);
    }
  });
}

/** Dropout by the position in [batch, heads, tokens, tokens], padding counted. `from` and `to` may be the same. */
function dropScores(from: Float32Array, to: Float32Array, shape: AttentionShape, { rate, seed }: Dropout): void {
  const threshold = dropThreshold(rate);
  const factor = 1 / (1 - rate);
  eachScoreRow(shape, (start, end, position) => {
    for (let j = start; j < end; j++) {
      to[j] = randomBits(seed, position + j - start) < threshold ? 0 : (from[j] ?? 0) * factor;
    }
  });
}

/** Calls `visit` for the scores of each query: where they lie, and where [batch, heads, tokens, tokens] has them. */
function eachScoreRow(
  { batch, tokens, heads, lengths }: AttentionShape,
  visit: (start: number, end: number, position: number) => void,
): void {
  let start = 0;
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] ?? tokens;
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < length; query++, start += length) {
        visit(start, start + length, ((row * heads + head) * tokens + query) * tokens);
      }
    }
  }
}
