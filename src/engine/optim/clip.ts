/** The global norm of all gradients together, and what they are multiplied by so that it stays under a limit. */
import * as tf from '@tensorflow/tfjs-core';
import { wasmHeap } from '../ops/wasm/heap';

export type Gradients = Map<string, tf.Tensor>;

/** Square of the Euclidean norm of each gradient, by name; one read-back on WebGPU, float64 sums on WebAssembly. */
export async function squaredNorms(gradients: Gradients): Promise<Map<string, number>> {
  const heap = wasmHeap();
  if (heap !== null) return new Map(Array.from(gradients, ([name, g]) => [name, sumOfSquares(heap.view(g))]));
  const all = tf.tidy(() => tf.stack(Array.from(gradients.values(), (g) => tf.sum(tf.square(g)))));
  try {
    const values = await all.data<'float32'>();
    return new Map(Array.from(gradients.keys(), (name, i) => [name, values[i] ?? NaN]));
  } finally {
    all.dispose();
  }
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] ?? 0;
    sum += v * v;
  }
  return sum;
}

/** min(1, maxNorm / (norm + 1e-6)), as PyTorch's clip_grad_norm_; `maxNorm` 0 switches clipping off. */
export function clipScale(norm: number, maxNorm: number): number {
  return maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
}
