/**
 * Attention for WebAssembly. Heads are copied out of the packed matrix into matrices of their own, and multiplied one
 * after the other: five to seven times faster than tfjs's product of a batch. Padding is left out, so that a short row
 * among long ones costs what it is. Where a product wants a side transposed, it is the heads that are copied so, never
 * the larger scores. Softmax, dropout and their gradients are loops here. The formulas stand in ops/attention.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import { COUNTED_TOKENS } from '../../kernels/dropout';
import type { AttentionShape } from '../attention-shape';
import { differentiable } from '../differentiable';
import { dropThreshold, probabilityStart, randomBits, type PlaceDropout } from '../dropout';
import { expOfNegative } from './exponential';
import type { WasmHeap } from './heap';

/** qkv: [batch·tokens, 3·hidden] → [batch·tokens, hidden]; see `attention` for the meaning. */
export function wasmAttention(heap: WasmHeap, qkv: tf.Tensor, shape: AttentionShape, dropout: PlaceDropout): tf.Tensor {
  const { batch, tokens, heads, headSize } = shape;
  const { rate } = dropout;
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
  /** What is left of probabilities after dropout. */
  const kept = (probabilities: tf.Tensor) => {
    if (rate === 0) return probabilities;
    const out = heap.make(probabilities.shape);
    keepPositive(heap.view(probabilities), heap.view(out), 1 / (1 - rate));
    return out;
  };

  const only: Columns = { first: 0, width: hidden };
  const part = (i: number): Columns => ({ first: i * hidden, width: 3 * hidden });
  return differentiable(
    [qkv],
    () => {
      const probabilities = scoresOf(split(qkv, part(0)), split(qkv, part(1), true));
      softmaxInPlace(heap.view(probabilities), texts, heads, scale);
      if (rate > 0) markDropped(heap.view(probabilities), texts, heads, dropout);
      const mixed = mixOf(kept(probabilities), split(qkv, part(2)));
      const out = heap.make([batch * tokens, hidden]);
      mergeHeads(heap.view(mixed), heap.view(out), shape, only, false);
      return { value: out, saved: [qkv, probabilities] };
    },
    (dy, saved) =>
      tf.tidy(() => {
        const [packed, probabilities] = [saved(0), saved(1)];
        const dV = mixBackOf(split(dy, only, true), kept(probabilities));
        const dScores = scoresOf(split(dy, only), split(packed, part(2), true));
        softmaxGradientInPlace(heap.view(probabilities), heap.view(dScores), texts, heads, scale, 1 / (1 - rate));
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
  let at = 0;
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] ?? tokens;
    for (let head = 0; head < heads; head++) {
      const start = row * tokens * width + first + head * headSize;
      const end = start + length * width;
      if (transposed) {
        for (let column = start; column < start + headSize; column++) {
          for (let i = column; i < end; i += width) to[at++] = from[i] ?? 0;
        }
      } else {
        for (let i = start; i < end; i += width) {
          for (let j = i; j < i + headSize; j++) to[at++] = from[j] ?? 0;
        }
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
  let at = 0;
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] ?? tokens;
    for (let head = 0; head < heads; head++) {
      const start = row * tokens * width + first + head * headSize;
      const end = start + length * width;
      if (transposed) {
        for (let column = start; column < start + headSize; column++) {
          for (let i = column; i < end; i += width) to[i] = from[at++] ?? 0;
        }
      } else {
        for (let i = start; i < end; i += width) {
          for (let j = i; j < i + headSize; j++) to[j] = from[at++] ?? 0;
        }
      }
    }
    for (let token = length; token < tokens; token++) {
      const start = (row * tokens + token) * width + first;
      to.fill(0, start, start + heads * headSize);
    }
  }
}

/** softmax(scale · scores), row by row. */
function softmaxInPlace(scores: Float32Array, texts: readonly Text[], heads: number, scale: number): void {
  const exp = expOfNegative; // where modules are not bundled, an imported name is looked up at every use
  for (const { length, atScores } of texts) {
    const end = atScores + heads * length * length;
    for (let start = atScores; start < end; start += length) {
      let max = -Infinity;
      for (let j = start; j < start + length; j++) {
        const score = scores[j] ?? 0;
        if (score > max) max = score;
      }
      let sum = 0;
      for (let j = start; j < start + length; j++) {
        const e = exp(((scores[j] ?? 0) - max) * scale);
        scores[j] = e;
        sum += e;
      }
      const inverse = 1 / sum;
      for (let j = start; j < start + length; j++) scores[j] = (scores[j] ?? 0) * inverse;
    }
  }
}

/**
 * Gives what is dropped a minus sign, so that one matrix holds the probabilities, as their gradient wants them, and
 * the mask.
 */
function markDropped(
  probabilities: Float32Array,
  texts: readonly Text[],
  heads: number,
  { rate, seed, firstText }: PlaceDropout,
): void {
  const threshold = dropThreshold(rate);
  const bitsAt = randomBits; // see softmaxInPlace
  texts.forEach(({ length, atScores }, row) => {
    let at = atScores;
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < length; query++) {
        for (let key = 0; key < length; key += COUNTED_TOKENS) {
          const start = probabilityStart(seed, (firstText + row) * heads + head, query, key);
          const end = start.position + Math.min(COUNTED_TOKENS, length - key);
          for (let position = start.position; position < end; position++, at++) {
            if (bitsAt(start.seed, position) < threshold) probabilities[at] = -(probabilities[at] ?? 0);
          }
        }
      }
    }
  });
}

/** to = factor · from where that is positive, else 0; without a branch, which would be guessed wrong too often */
function keepPositive(from: Float32Array, to: Float32Array, factor: number): void {
  for (let i = 0; i < from.length; i++) {
    const probability = from[i] ?? 0;
    to[i] = (probability + Math.abs(probability)) * (factor / 2);
  }
}

/** Turns dO·Vᵀ in `gradient` into dS, row by row; `factor` is that of what dropout keeps. */
function softmaxGradientInPlace(
  probabilities: Float32Array,
  gradient: Float32Array,
  texts: readonly Text[],
  heads: number,
  scale: number,
  factor: number,
): void {
  for (const { length, atScores } of texts) {
    const end = atScores + heads * length * length;
    for (let start = atScores; start < end; start += length) {
      let along = 0;
      for (let j = start; j < start + length; j++) {
        const marked = probabilities[j] ?? 0;
        const flow = (marked + Math.abs(marked)) * (factor / 2) * (gradient[j] ?? 0); // P·dP
        gradient[j] = flow;
        along += flow;
      }
      for (let j = start; j < start + length; j++) {
        gradient[j] = scale * ((gradient[j] ?? 0) - Math.abs(probabilities[j] ?? 0) * along);
      }
    }
  }
}
