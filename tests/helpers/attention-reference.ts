/** Attention and its gradient in float64, by the definition: what the engine's own is measured against. */
import { dropThreshold, probabilityStart, randomBits, type PlaceDropout } from '../../src/engine/ops/dropout';
import type { AttentionShape } from '../../src/engine/ops/attention-shape';

export interface AttentionReference {
  /** [batch·tokens, hidden] */
  value: Float64Array;
  /** [batch·tokens, query | key | value] */
  gradient: Float64Array;
}

type ReferenceShape = Pick<AttentionShape, 'batch' | 'tokens' | 'heads' | 'headSize' | 'lengths'> &
  Partial<Pick<AttentionShape, 'keyValueHeads' | 'causal'>>;

/** Padding attends to nothing and gets 0. */
export function attentionReference(
  qkv: Float32Array,
  dy: Float32Array,
  { batch, tokens, heads, keyValueHeads = heads, headSize, causal = false, lengths }: ReferenceShape,
  { rate, seed, firstText }: PlaceDropout,
): AttentionReference {
  const hidden = heads * headSize;
  const width = hidden + 2 * keyValueHeads * headSize;
  const value = new Float64Array(batch * tokens * hidden);
  const gradient = new Float64Array(batch * tokens * width);
  const scale = 1 / Math.sqrt(headSize);
  const threshold = dropThreshold(rate);
  for (let row = 0; row < batch; row++) {
    const length = lengths[row] ?? 0;
    for (let head = 0; head < heads; head++) {
      const keyHead = Math.floor(head / (heads / keyValueHeads));
      const at = (token: number, part: number) =>
        (row * tokens + token) * width + (part === 0 ? head : heads + (part - 1) * keyValueHeads + keyHead) * headSize;
      const outAt = (token: number) => (row * tokens + token) * hidden + head * headSize;
      const dot = (a: Float32Array, i: number, b: Float32Array, j: number) => {
        let sum = 0;
        for (let c = 0; c < headSize; c++) sum += (a[i + c] ?? NaN) * (b[j + c] ?? NaN);
        return sum;
      };
      const add = (to: Float64Array, i: number, factor: number, from: Float32Array, j: number) => {
        for (let c = 0; c < headSize; c++) to[i + c] = (to[i + c] ?? NaN) + factor * (from[j + c] ?? NaN);
      };
      for (let query = 0; query < length; query++) {
        const keys = Array.from({ length: causal ? query + 1 : length }, (_, key) => key);
        const scores = keys.map((key) => scale * dot(qkv, at(query, 0), qkv, at(key, 1)));
        const top = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
        const weights = scores.map((score) => Math.exp(score - top) / total);
        const factors = keys.map((key) => {
          const start = probabilityStart(seed, (firstText + row) * heads + head, query, key);
          return rate > 0 && randomBits(start.seed, start.position) < threshold ? 0 : 1 / (1 - rate);
        });
        const dWeights = keys.map((key) => (factors[key] ?? NaN) * dot(dy, outAt(query), qkv, at(key, 2)));
        const along = keys.reduce((sum, key) => sum + (weights[key] ?? NaN) * (dWeights[key] ?? NaN), 0);
        for (const key of keys) {
          const weight = weights[key] ?? NaN;
          const dropped = weight * (factors[key] ?? NaN);
          const dScore = scale * weight * ((dWeights[key] ?? NaN) - along);
          add(value, outAt(query), dropped, qkv, at(key, 2));
          add(gradient, at(key, 2), dropped, dy, outAt(query));
          add(gradient, at(query, 0), dScore, qkv, at(key, 1));
          add(gradient, at(key, 1), dScore, qkv, at(query, 0));
        }
      }
    }
  }
  return { value, gradient };
}
