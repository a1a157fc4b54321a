/**
 * What a layer keeps of the tokens so far, so that a new one is attended with without computing the others again, and
 * attention of one new token a text over it. Without gradients. The layout is the path's own: for loops of WebAssembly a
 * head's keys lie token by token and its values number by number, else both token by token.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { attendPastKernel, REMEMBER, REMEMBER_GROUP } from '../kernels/key-values';
import type { KeyValues } from './key-value-cache';
import { currentPath } from './path';
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
  const { batch, heads, keyValueHeads, headSize, capacity } = past.sizes;
  const path = currentPath();
  if (path.kind === 'portable') throw unportable();
  if (path.kind === 'wasm') {
    const out = path.heap.make([batch, heads * headSize]);
    attendPastOnHeap(path.heap, past, qkv, positions, out);
    return out;
  }
  const { gpu } = path;
  return tf.tidy(() => {
    const out = gpu.make([batch, heads * headSize]);
    gpu.run(attendPastKernel(headSize), {
      inputs: [qkv, tf.tensor1d(positions, 'int32')],
      outputs: [past.keys, past.values, out],
      uniforms: [heads, keyValueHeads, capacity, 1 / Math.sqrt(headSize)],
      groups: batch * heads,
    });
    return out;
  });
}

function unportable(): AppError {
  return new AppError('internal', 'Answers are written on WebGPU or WebAssembly alone.');
}
