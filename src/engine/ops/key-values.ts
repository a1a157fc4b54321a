/**
 * What a layer keeps of the tokens so far, so that a new one is attended with without computing the others again, and
 * attention of one new token a text over it. Without gradients. The layout is the path's own: for loops of WebAssembly a
 * head's keys lie token by token and its values number by number, else both token by token.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { REMEMBER, REMEMBER_GROUP } from '../kernels/key-values';
import type { KeyValues } from './key-value-cache';
import { currentPath } from './path';
import { gpuTokenAttention } from './webgpu/token-attention';
import { attendPastOnHeap, rememberOnHeap } from './wasm/key-values';

/** Keeps keys and values of the first tokens of every text; qkv: [batch·tokens, query | key | value], turned. */
export function remember(past: KeyValues, qkv: tf.Tensor, tokens: number): void {
  const { batch, heads, keyValueHeads, headSize, capacity } = past.sizes;
  const path = currentPath();
  if (path.kind === 'wasm') {
    const { heap } = path;
    rememberOnHeap(heap.view(qkv), heap.view(past.keys), heap.view(past.values), past.sizes, tokens);
    return;
  }
  if (path.kind === 'portable') throw unportable();
  path.gpu.run(REMEMBER, {
    inputs: [qkv],
    outputs: [past.keys, past.values],
    uniforms: [batch, heads, keyValueHeads, headSize, capacity, tokens],
    groups: Math.ceil((batch * tokens * keyValueHeads * headSize) / REMEMBER_GROUP),
  });
}

/**
 * Keeps the keys and values of one new token a text, at `positions`, and attends with its queries to all up to it:
 * qkv [batch, query | key | value], turned → [batch, heads·headSize]
 */
export function attendPast(past: KeyValues, qkv: tf.Tensor, positions: Int32Array): tf.Tensor {
  const { batch, heads, headSize } = past.sizes;
  const path = currentPath();
  if (path.kind === 'portable') throw unportable();
  if (path.kind === 'wasm') {
    const out = path.heap.make([batch, heads * headSize]);
    attendPastOnHeap(path.heap, past, qkv, positions, out);
    return out;
  }
  return tf.tidy(() => {
    // The same program turns: by nothing, since these heads are turned.
    const turn = Float32Array.from({ length: headSize }, (_, i) => (i < headSize / 2 ? 1 : 0));
    const table = tf.tile(tf.tensor2d(turn, [1, headSize]), [batch, 1]);
    return gpuTokenAttention(path.gpu, past, qkv, { positions: tf.tensor1d(positions, 'int32'), table });
  });
}

function unportable(): AppError {
  return new AppError('internal', 'Answers are written on WebGPU or WebAssembly alone.');
}
