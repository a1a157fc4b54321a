/**
 * LayerNorm over the last axis of a sum of two matrices (Ba et al. 2016), with the gradient in one pass:
 * for x̂ = (z − mean)·r, r = 1/√(variance + ε), and g = dy·γ,  dz = r·(g − mean(g) − x̂·mean(g·x̂)).
 */
import * as tf from '@tensorflow/tfjs-core';
import { columnSums } from './column-sums';
import { differentiable, matrixShape } from './differentiable';
import { wasmHeap } from './wasm/heap';

/** y = γ·normalised(a + b) + β; a, b: [rows, width], gamma, beta: [width] → [rows, width] */
export function addLayerNorm(
  a: tf.Tensor,
  b: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): tf.Tensor {
  return differentiable(
    [a, b, gamma, beta],
    () => {
      const { value, normalised, scale } = forward(a, b, gamma, beta, epsilon);
      return { value, saved: [normalised, scale] };
    },
    (dy, saved) => {
      const [dz, dGamma] = backward(dy, saved(0), saved(1), gamma);
      return [dz, tf.clone(dz), dGamma, columnSums(dy)];
    },
  );
}

function forward(a: tf.Tensor, b: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number) {
  const heap = wasmHeap();
  if (heap === null) {
    const z = tf.add(a, b);
    const centred = tf.sub(z, tf.mean(z, 1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon)); // [rows, 1]
    const normalised = tf.mul(centred, scale);
    return { value: tf.add(tf.mul(normalised, gamma), beta), normalised, scale };
  }
  const [rows, width] = matrixShape(a);
  const [value, normalised, scale] = [heap.make([rows, width]), heap.make([rows, width]), heap.make([rows, 1])];
  const [valuesA, valuesB, g, c] = [heap.view(a), heap.view(b), heap.view(gamma), heap.view(beta)];
  const [out, hat, scales] = [heap.view(value), heap.view(normalised), heap.view(scale)];
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    let sum = 0;
    for (let i = start; i < start + width; i++) {
      const z = (valuesA[i] ?? 0) + (valuesB[i] ?? 0);
      hat[i] = z;
      sum += z;
    }
    const mean = sum / width;
    let squares = 0;
    for (let i = start; i < start + width; i++) {
      const d = (hat[i] ?? 0) - mean;
      squares += d * d;
    }
    const r = 1 / Math.sqrt(squares / width + epsilon);
    scales[row] = r;
    for (let i = start, j = 0; j < width; i++, j++) {
      const n = ((hat[i] ?? 0) - mean) * r;
      hat[i] = n;
      out[i] = n * (g[j] ?? 0) + (c[j] ?? 0);
    }
  }
  return { value, normalised, scale };
}

/** dz: [rows, width] and dγ: [width] */
function backward(
  dy: tf.Tensor,
  normalised: tf.Tensor,
  scale: tf.Tensor,
  gamma: tf.Tensor,
): [dz: tf.Tensor, dGamma: tf.Tensor] {
  const heap = wasmHeap();
  if (heap === null) {
    return tf.tidy(() => {
      const g = tf.mul(dy, gamma);
      const along = tf.mul(normalised, tf.mean(tf.mul(g, normalised), 1, true));
      const dz = tf.mul(tf.sub(tf.sub(g, tf.mean(g, 1, true)), along), scale);
      return [dz, tf.sum(tf.mul(dy, normalised), 0)];
    });
  }
  const [rows, width] = matrixShape(dy);
  const [dz, dGamma] = [heap.make([rows, width]), heap.make([width])];
  const [gradient, hat, scales, g] = [heap.view(dy), heap.view(normalised), heap.view(scale), heap.view(gamma)];
  const out = heap.view(dz);
  const sums = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    let mean = 0;
    let along = 0;
    for (let i = start, j = 0; j < width; i++, j++) {
      const d = gradient[i] ?? 0;
      const n = hat[i] ?? 0;
      sums[j] = (sums[j] ?? 0) + d * n;
      const s = d * (g[j] ?? 0);
      mean += s;
      along += s * n;
    }
    mean /= width;
    along /= width;
    const r = scales[row] ?? 0;
    for (let i = start, j = 0; j < width; i++, j++) {
      out[i] = r * ((gradient[i] ?? 0) * (g[j] ?? 0) - mean - (hat[i] ?? 0) * along);
    }
  }
  heap.view(dGamma).set(sums);
  return [dz, dGamma];
}
