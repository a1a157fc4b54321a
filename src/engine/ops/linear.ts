/**
 * y = x·W + b on matrices. The WebAssembly backend is only fast for products without transposed sides,
 * so the gradient makes every transpose explicitly.
 */
import * as tf from '@tensorflow/tfjs-core';
import { columnSums } from './column-sums';
import { differentiable } from './differentiable';
import { transpose } from './transpose';

/** x: [rows, inputs], weight: [inputs, outputs], bias: [outputs] → [rows, outputs] */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return differentiable(
    [x, weight, bias],
    () => ({ value: tf.fused.matMul({ a: x, b: weight, bias }), saved: [x] }),
    (dy, saved) => [
      tf.tidy(() => tf.matMul(dy, transpose(weight))),
      tf.tidy(() => tf.matMul(transpose(saved(0)), dy)),
      columnSums(dy),
    ],
  );
}
