/**
 * Attention for WebAssembly. Heads are copied out of the packed matrix into matrices of their own, and multiplied one
 * after the other: five to seven times faster than tfjs's product of a batch. Padding is left out, so that a short row
 * among long ones costs what it is. Where a product wants a side transposed, it is the heads that are copied so, never
 * the larger scores. Softmax, dropout and their gradients are loops here. The formulas stand in ops/attention.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import { COUNTED_TOKENS } from '../../kernels/dropout';
import { packedWidth, type AttentionShape } from '../attention-shape';
import { differentiable } from '../differentiable';
import { dropThreshold, probabilityStart, randomBits, type PlaceDropout } from '../dropout';
import { expOfNegative } from './exponential';
import type { WasmHeap } from './heap';

/**
 * qkv: [batch·tokens, query | key | value] → [batch·tokens, hidden]; see `attention` for the meaning. Heads of queries
 * that share keys lie one below the other, so that each product is one of all of them.
 */
export function wasmAttention(heap: WasmHeap, qkv: tf.Tensor, shape: AttentionShape, dropout: PlaceDropout): tf.Tensor {
  const { batch, tokens, heads, keyValueHeads, headSize, causal } = shape;
  const { rate } = dropout;
  const [hidden, width] = [heads * headSize, packedWidth(shape)];
  const group = heads / keyValueHeads;
  const scale = 1 / Math.sqrt(headSize);
  const texts = textsOf(shape);
  const all = texts.reduce((sum, { length }) => sum + length, 0);
  const makeScores = () => heap.make([texts.reduce((sum, { length }) => sum + heads * length ** 2, 0)]);

  const split = (x: tf.Tensor, columns: Columns, transposed = false) => {
    const out = heap.make([all * columns.heads * headSize]);
    splitHeads(heap.view(x), heap.view(out), shape, columns, transposed);
    return out;
  };
  /** Scores [length, length] of every head: a [length, headSize] of queries · b [headSize, length] of keys */
  const scoresOf = (a: tf.Tensor, b: tf.Tensor) => {
    const out = makeScores();
    for (const { length, atHeads, atKeys, atScores } of texts) {
      const size = { count: keyValueHeads, rows: group * length, inner: headSize, columns: length };
      heap.multiplyMany(a, b, out, size, { a: atHeads, b: atKeys, out: atScores });
    }
    return out;
  };
  /** [length, headSize] of every head of queries: scores · b [length, headSize] of keys */
  const mixOf = (scores: tf.Tensor, b: tf.Tensor) => {
    const out = heap.make([all * hidden]);
    for (const { length, atHeads, atKeys, atScores } of texts) {
      const size = { count: keyValueHeads, rows: group * length, inner: length, columns: headSize };
      heap.multiplyMany(scores, b, out, size, { a: atScores, b: atKeys, out: atHeads });
    }
    return out;
  };
  /** [headSize, length] of every head of keys: a [headSize, group·length] of queries · scores, which is (scoresᵀ · aᵀ)ᵀ */
  const mixBackOf = (a: tf.Tensor, scores: tf.Tensor) => {
    const out = heap.make([all * keyValueHeads * headSize]);
    for (const { length, atHeads, atKeys, atScores } of texts) {
      const size = { count: keyValueHeads, rows: headSize, inner: group * length, columns: length };
      heap.multiplyMany(a, scores, out, size, { a: atHeads, b: atScores, out: atKeys });
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

  const only: Columns = { first: 0, width: hidden, heads, group };
  const queries: Columns = { ...only, width };
  const keys: Columns = { first: hidden, width, heads: keyValueHeads, group: 1 };
  const values: Columns = { ...keys, first: hidden + keyValueHeads * headSize };
  return differentiable(
    [qkv],
    () => {
      const probabilities = scoresOf(split(qkv, queries), split(qkv, keys, true));
      softmaxInPlace(heap.view(probabilities), texts, { heads, scale, causal });
      if (rate > 0) markDropped(heap.view(probabilities), texts, heads, dropout);
      const mixed = mixOf(kept(probabilities), split(qkv, values));
      const out = heap.make([batch * tokens, hidden]);
      mergeHeads(heap.view(mixed), heap.view(out), shape, only, false);
      return { value: out, saved: [qkv, probabilities] };
    },
    (dy, saved) =>
      tf.tidy(() => {
        const [packed, probabilities] = [saved(0), saved(1)];
        const dV = mixBackOf(split(dy, only, true), kept(probabilities));
        const dScores = scoresOf(split(dy, only), split(packed, values, true));
        softmaxGradientInPlace(heap.view(probabilities), heap.view(dScores), texts, heads, scale, 1 / (1 - rate));
        const dQ = mixOf(dScores, split(packed, keys));
        const dK = mixBackOf(split(packed, queries, true), dScores);
        const dQkv = heap.make([batch * tokens, width]);
        mergeHeads(heap.view(dQ), heap.view(dQkv), shape, queries, false);
        mergeHeads(heap.view(dK), heap.view(dQkv), shape, keys, true);
        mergeHeads(heap.view(dV), heap.view(dQkv), shape, values, true);
        return [dQkv];
      }),
  );
}

/** Which columns of a matrix hold the heads: from `first` on, in rows of `width` numbers. */
interface Columns {
  first: number;
  width: number;
  heads: number;
  /** Heads that are transposed together. */
  group: number;
}

/** One row of the batch without its padding, and where its heads of queries, those of keys, and its scores begin. */
interface Text {
  length: number;
  atHeads: number;
  atKeys: number;
  atScores: number;
}

function textsOf({ batch, tokens, heads, keyValueHeads, headSize, lengths }: AttentionShape): Text[] {
  let [atHeads, atKeys, atScores] = [0, 0, 0];
  return Array.from({ length: batch }, (_, row) => {
    const length = lengths[row] ?? tokens;
    const text = { length, atHeads, atKeys, atScores };
    atHeads += heads * headSize * length;
    atKeys += keyValueHeads * headSize * length;
    atScores += heads * length * length;
    return text;
  });
}

/**
 * Rows of `from` → [length, headSize] for every head of every text; or transposed, [headSize, group·length] for every
 * group of heads.
 */
function splitHeads(
  from: Float32Array,
  to: Float32Array,
  { batch, tokens, headSize, lengths }: AttentionShape,
  { first, width, heads, group }: Columns,
  transposed: boolean,
): void {
  let at = 0;
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] ?? tokens;
    for (let head = 0; head < heads; head += transposed ? group : 1) {
      const start = row * tokens * width + first + head * headSize;
      const end = start + length * width;
      if (transposed) {
        for (let column = 0; column < headSize; column++) {
          for (let own = 0; own < group; own++) {
            const shift = column + own * headSize;
            for (let i = start + shift; i < end + shift; i += width) to[at++] = from[i] ?? 0;
          }
        }
      } else {
        for (let i = start; i < end; i += width) {
          for (let j = i; j < i + headSize; j++) to[at++] = from[j] ?? 0;
        }
      }
    }
  }
}

/** The way back, of transposed heads one by one; rows of padding become 0. */
function mergeHeads(
  from: Float32Array,
  to: Float32Array,
  { batch, tokens, headSize, lengths }: AttentionShape,
  { first, width, heads }: Columns,
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
          for (let i = column; i < column + length * width; i += width) to[i] = from[at++] ?? 0;
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

/** softmax(scale · scores), row by row; of what a causal row must not see 0. */
function softmaxInPlace(
  scores: Float32Array,
  texts: readonly Text[],
  { heads, scale, causal }: { heads: number; scale: number; causal: boolean },
): void {
  const exp = expOfNegative; // where modules are not bundled, an imported name is looked up at every use
  for (const { length, atScores } of texts) {
    const end = atScores + heads * length * length;
    for (let start = atScores, query = 0; start < end; start += length, query++) {
      const seen = start + (causal ? (query % length) + 1 : length);
      let max = -Infinity;
      for (let j = start; j < seen; j++) {
        const score = scores[j] ?? 0;
        if (score > max) max = score;
      }
      let sum = 0;
      for (let j = start; j < seen; j++) {
        const e = exp(((scores[j] ?? 0) - max) * scale);
        scores[j] = e;
        sum += e;
      }
      scores.fill(0, seen, start + length);
      const inverse = 1 / sum;
      for (let j = start; j < seen; j++) scores[j] = (scores[j] ?? 0) * inverse;
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
