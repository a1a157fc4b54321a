/**
 * y = activation(x·W + b) on matrices. With z = x·W + b and dZ = dY·activation′(z):
 *   dX = dZ·Wᵀ    dW = xᵀ·dZ    db = Σ dZ over the rows
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { activate, activationGradient, type Activation } from './activation';
import { columnSums } from './column-sums';
import { differentiable } from './differentiable';
import { currentPath } from './path';
import type { ProductOptions } from './wasm/heap';
import { gpuLinear, gpuLinearGradients, gpuLinearInputGradient } from './webgpu/linear';

/** x: [rows, inputs], weight: [inputs, outputs], bias: [outputs] → [rows, outputs] */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, activation?: Activation): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'webgpu') return onGpu(path.gpu, x, weight, bias, activation);
  return differentiable(
    [x, weight, bias],
    () => {
      const z = product(x, weight, { bias });
      return activation === undefined ? { value: z, saved: [x] } : { value: activate(z, activation), saved: [x, z] };
    },
    (dy, saved) =>
      tf.tidy(() => {
        const dz = activation === undefined ? dy : activationGradient(saved(1), dy, activation);
        const dx = product(dz, weight, { transposeB: true });
        return [dx, product(saved(0), dz, { transposeA: true }), columnSums(dz)];
      }),
  );
}

/** Off the GPU; tfjs's own product is only fast on WebAssembly where no side is transposed, and not as fast as ours. */
function product(a: tf.Tensor, b: tf.Tensor, options: ProductOptions): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'wasm') return path.heap.product(a, b, options);
  return tf.fused.matMul({ a, b, ...options });
}

function onGpu(gpu: Gpu, x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, activation?: Activation): tf.Tensor {
  // Where no gradient will be taken, what goes into the activation need not be written.
  const recording = tf.engine().state.gradientDepth > 0;
  return differentiable(
    [x, weight, bias],
    () => {
      const { value, before } = gpuLinear(gpu, x, weight, bias, activation, recording);
      return { value, saved: before === null ? [x] : [x, before] };
    },
    (dy, saved) => {
      const dz = activation === undefined ? dy : activationGradient(saved(1), dy, activation);
      const { dWeight, dBias } = gpuLinearGradients(gpu, saved(0), dz);
      return [gpuLinearInputGradient(gpu, dz, weight), dWeight, dBias];
    },
  );
}
