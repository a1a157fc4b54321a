/** Attention of one new token a text on WebGPU, one dispatch with all between the products: see kernels/token-attention.ts. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../../device/gpu';
import { tokenAttention } from '../../kernels/token-attention';
import type { KeyValues } from '../key-value-cache';

/** What all layers of a token share. */
export interface TokenPlaces {
  /** [batch], int32 */
  positions: tf.Tensor;
  /** Of them: see `rotaryTable`. */
  table: tf.Tensor;
}

/** qkv [batch, query | key | value], not turned → [batch, heads·headSize]; `gammas` [2, headSize] where heads are normalised. */
export function gpuTokenAttention(
  gpu: Gpu,
  past: KeyValues,
  qkv: tf.Tensor,
  { positions, table }: TokenPlaces,
  norm?: { gammas: tf.Tensor; epsilon: number },
): tf.Tensor {
  const { batch, heads, keyValueHeads, headSize, capacity } = past.sizes;
  const out = gpu.make([batch, heads * headSize]);
  gpu.run(tokenAttention(headSize, norm !== undefined), {
    inputs: [qkv, positions, table, ...(norm ? [norm.gammas] : [])],
    outputs: [past.keys, past.values, out],
    uniforms: [heads, keyValueHeads, capacity, 1 / Math.sqrt(headSize), norm?.epsilon ?? 0],
    groups: batch * heads,
  });
  return out;
}
