/** The global norm of all gradients together, and what they are multiplied by so that it stays under a limit. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { readAll } from '../device/read';
import { SQUARED_PART, SQUARED_TENSORS, sumsOfSquares } from '../kernels/sum-of-squares';
import { currentPath } from '../ops/path';

export type Gradients = Map<string, tf.Tensor>;

export interface Norms {
  /** Square of the Euclidean norm of each gradient, by name. */
  squares: Map<string, number>;
  /** What was asked for beside them. */
  scalars: number[];
}

/** Norms of gradients and the values of some scalars, with one small read-back on WebGPU; last sums in float64. */
export async function readNorms(gradients: Gradients, scalars: readonly tf.Tensor[] = []): Promise<Norms> {
  const path = currentPath();
  if (path.kind === 'webgpu') return readFromGpu(path.gpu, gradients, scalars);
  const read = await readAll(scalars);
  const squares: Norms['squares'] = new Map();
  for (const [name, gradient] of gradients) {
    const [values] = path.kind === 'wasm' ? [path.heap.view(gradient)] : await readAll([gradient]);
    squares.set(name, sumOfSquares(values ?? []));
  }
  return { squares, scalars: read.map(([value]) => value ?? NaN) };
}

async function readFromGpu(gpu: Gpu, gradients: Gradients, scalars: readonly tf.Tensor[]): Promise<Norms> {
  const tensors = [...gradients.values()];
  const parts = tensors.map(({ size }) => Math.ceil(size / SQUARED_PART));
  const sums = gpu.make([sum(parts)]);
  try {
    let start = 0;
    for (let i = 0; i < tensors.length; i += SQUARED_TENSORS) {
      const inputs = tensors.slice(i, i + SQUARED_TENSORS);
      const groups = sum(parts.slice(i, i + SQUARED_TENSORS));
      const uniforms = [start, ...inputs.map(({ size }) => size)];
      gpu.run(sumsOfSquares(inputs.length), { inputs, outputs: [sums], uniforms, groups });
      start += groups;
    }
    const [all = new Float32Array(), ...read] = await gpu.read([sums, ...scalars]);
    const squares: Norms['squares'] = new Map();
    let from = 0;
    [...gradients.keys()].forEach((name, i) => {
      const to = from + (parts[i] ?? 0);
      squares.set(name, sum(all.subarray(from, to)));
      from = to;
    });
    return { squares, scalars: read.map(([value]) => value ?? NaN) };
  } finally {
    sums.dispose();
  }
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total;
}

function sumOfSquares(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    total += value * value;
  }
  return total;
}

/** min(1, maxNorm / (norm + 1e-6)), as PyTorch's clip_grad_norm_; `maxNorm` 0 switches clipping off. */
export function clipScale(norm: number, maxNorm: number): number {
  return maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
}
