/** What a kernel test measures: values, gradients and dispatches of one operation on the current backend. */
import * as tf from '@tensorflow/tfjs-core';
import { gradientsOf } from '../../src/engine/ops/gradients';
import { takeValues } from './minilm-parity';

export interface Work {
  value: Float32Array;
  gradients: Float32Array[];
  /** WebGPU only, else 0. */
  dispatches: { forward: number; backward: number };
}

/**
 * Runs an operation forward, then backward from `dy`; inputs: [values, shape]. Gradients are of all of them, or of those at
 * the `wanted` positions.
 */
export async function workOf(
  inputs: readonly (readonly [values: Float32Array, shape: number[]])[],
  dy: Float32Array,
  run: (inputs: tf.Tensor[]) => tf.Tensor,
  wanted?: readonly number[],
): Promise<Work> {
  const tensors = inputs.map(([values, shape]) => tf.tensor(values, shape));
  const parameters = tensors.filter((_, i) => wanted === undefined || wanted.includes(i));
  const forward = countDispatches(() => tf.tidy(() => run(tensors)));
  const outer = tf.tensor(dy, forward.result.shape);
  const value = await take(forward.result);
  const both = countDispatches(() => gradientsOf(() => run(tensors), parameters, outer));
  const gradients: Float32Array[] = [];
  for (const gradient of both.result.gradients) {
    if (gradient === undefined) throw new Error('The operation does not depend on one of its inputs.');
    gradients.push(await take(gradient));
  }
  tf.dispose([both.result.value, outer, ...tensors]);
  const dispatches = { forward: forward.count, backward: both.count - forward.count };
  return { value, gradients, dispatches };
}

/** An empty tensor has no buffer that tfjs could read. */
async function take(tensor: tf.Tensor): Promise<Float32Array> {
  if (tensor.size > 0) return takeValues(tensor);
  tensor.dispose();
  return new Float32Array();
}

/** Counts the dispatches that `run` records, tfjs's own included. */
export function countDispatches<T>(run: () => T): { result: T; count: number } {
  if (tf.getBackend() !== 'webgpu') return { result: run(), count: 0 };
  const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
  let count = 0;
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...groups) {
    count++;
    return dispatchWorkgroups.apply(this, groups);
  };
  try {
    const result = run();
    return { result, count };
  } finally {
    GPUComputePassEncoder.prototype.dispatchWorkgroups = dispatchWorkgroups;
  }
}

/** Largest difference to a float64 reference, relative to the largest value of that, and not below absolute. */
export function deviation(values: Float32Array, reference: Float64Array): number {
  if (values.length !== reference.length) return Infinity;
  let [largest, most] = [0, 1];
  reference.forEach((value, i) => {
    const difference = Math.abs((values[i] ?? NaN) - value);
    largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
    most = Math.max(most, Math.abs(value));
  });
  return largest / most;
}
