/**
 * y = activation(x·W + b) on matrices. With z = x·W + b and dZ = dY·activation′(z):
 *   dX = dZ·Wᵀ    dW = xᵀ·dZ    db = Σ dZ over the rows
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { activate, activationGradient, type Activation } from './activation';
import { columnSums } from './column-sums';
import { differentiable } from './differentiable';
import { type Matrix, PackedMatrix, unpackedOnly } from './packed-matrix';
import { currentPath } from './path';
import type { ProductOptions } from './wasm/heap';
import { gpuLinear, gpuLinearGradients, gpuLinearInputGradient } from './webgpu/linear';

/** A layer's parameters: weight [inputs, outputs], bias [outputs] where it has one. A packed weight has no gradient. */
export interface Dense {
  weight: Matrix;
  bias?: tf.Tensor;
}

/** x: [rows, inputs] → [rows, outputs] */
export function linear(x: tf.Tensor, dense: Dense, activation?: Activation): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'webgpu') return onGpu(path.gpu, x, dense, activation);
  const { weight, bias } = dense;
  return differentiable(
    [x, trainable(weight), bias],
    () => {
      const z = product(x, weight, bias && { bias });
      return activation === undefined ? { value: z, saved: [x] } : { value: activate(z, activation), saved: [x, z] };
    },
    (dy, saved, wanted) =>
      tf.tidy(() => {
        const dz = activation === undefined ? dy : activationGradient(saved(1), dy, activation);
        return [
          wanted(0) ? product(dz, weight, { transposeB: true }) : undefined,
          wanted(1) ? product(saved(0), dz, { transposeA: true }) : undefined,
          wanted(2) ? columnSums(dz) : undefined,
        ];
      }),
  );
}

/** Off the GPU; tfjs's own product is only fast on WebAssembly where no side is transposed, and not as fast as ours. */
export function product(a: tf.Tensor, b: Matrix, options?: ProductOptions): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'wasm') return path.heap.product(a, b, options);
  return tf.fused.matMul({ a, b: unpackedOnly(b), ...options });
}

function onGpu(gpu: Gpu, x: tf.Tensor, dense: Dense, activation?: Activation): tf.Tensor {
  const { weight, bias } = dense;
  const recording = isRecording();
  return differentiable(
    [x, trainable(weight), bias],
    () => {
      const { value, before } = gpuLinear(gpu, x, dense, activation, recording);
      return { value, saved: before === null ? [x] : [x, before] };
    },
    (dy, saved, wanted) => {
      const dz = activation === undefined ? dy : activationGradient(saved(1), dy, activation);
      const { dWeight, dBias } = gpuLinearGradients(gpu, saved(0), dz, { weight: wanted(1), bias: wanted(2) });
      return [wanted(0) ? gpuLinearInputGradient(gpu, dz, weight) : undefined, dWeight, dBias];
    },
  );
}

/**
 * Two layers with an activation between them: linear(linear(x, first, activation), second). On WebGPU the activation's
 * derivative is taken at the end of a product, so that it costs no dispatch of its own.
 */
export function feedForward(x: tf.Tensor, first: Dense, second: Dense, activation: Activation): tf.Tensor {
  const path = currentPath();
  if (path.kind !== 'webgpu') {
    return linear(linear(x, first, activation), second);
  }
  const { gpu } = path;
  const recording = isRecording();
  return differentiable(
    [x, trainable(first.weight), first.bias, trainable(second.weight), second.bias],
    () => {
      const { value: inner, before } = gpuLinear(gpu, x, first, activation, recording);
      const { value } = gpuLinear(gpu, inner, second, undefined, false);
      return { value, saved: before === null ? [] : [x, inner, before] };
    },
    (dy, saved, wanted) => {
      const ofSecond = gpuLinearGradients(gpu, saved(1), dy, { weight: wanted(3), bias: wanted(4) });
      if (!wanted(0) && !wanted(1) && !wanted(2)) {
        return [undefined, undefined, undefined, ofSecond.dWeight, ofSecond.dBias];
      }
      const dz = gpuLinearInputGradient(gpu, dy, second.weight, { activation, before: saved(2) });
      const ofFirst = gpuLinearGradients(gpu, saved(0), dz, { weight: wanted(1), bias: wanted(2) });
      const dx = wanted(0) ? gpuLinearInputGradient(gpu, dz, first.weight) : undefined;
      return [dx, ofFirst.dWeight, ofFirst.dBias, ofSecond.dWeight, ofSecond.dBias];
    },
  );
}

/** A packed weight is none of the inputs that a gradient may be asked of. */
export function trainable(weight: Matrix): tf.Tensor | undefined {
  return weight instanceof PackedMatrix ? undefined : weight;
}

/** Whether a gradient may be asked for: else, what goes into an activation need not be written. */
export function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0;
}
