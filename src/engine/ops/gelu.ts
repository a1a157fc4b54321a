/** GELU in its exact form, x·Φ(x) with the error function (Hendrycks & Gimpel 2016), and its gradient Φ(x) + x·φ(x). */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable';
import { geluGradientInto, geluInto } from './wasm/gaussian';
import { wasmHeap } from './wasm/heap';

const { SQRT1_2 } = Math;
const INVERSE_SQRT_TAU = 1 / Math.sqrt(2 * Math.PI);

/** Elementwise, any shape. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return differentiable(
    [x],
    () => ({ value: forward(x), saved: [x] }),
    (dy, saved) => [backward(saved(0), dy)],
  );
}

function forward(x: tf.Tensor): tf.Tensor {
  const heap = wasmHeap();
  if (heap === null) return tf.mul(x, normalCdf(x));
  const out = heap.make(x.shape);
  geluInto(heap.view(x), heap.view(out));
  return out;
}

function backward(x: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const heap = wasmHeap();
  if (heap === null) {
    return tf.tidy(() => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), INVERSE_SQRT_TAU);
      return tf.mul(dy, tf.add(normalCdf(x), tf.mul(x, density)));
    });
  }
  const out = heap.make(x.shape);
  geluGradientInto(heap.view(x), heap.view(dy), heap.view(out));
  return out;
}

/** Φ(x) */
function normalCdf(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, SQRT1_2)), 1), 0.5);
}
