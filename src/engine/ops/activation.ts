/**
 * GELU in its exact form, x·Φ(x) (Hendrycks & Gimpel 2016), and SiLU, x·σ(x), each with its derivative, for use in
 * operations that have a gradient: Φ(x) + x·φ(x) and σ(x)·(1 + x·(1 − σ(x))).
 */
import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_GROUP, activationGradientKernel, type Activation } from '../kernels/activation';
import { currentPath } from './path';
import { geluGradientInto, geluInto } from './wasm/gaussian';

export type { Activation };

const { SQRT1_2 } = Math;
const INVERSE_SQRT_TAU = 1 / Math.sqrt(2 * Math.PI);

/** Elementwise, any shape. On WebGPU it is the end of a product instead: webgpu/linear.ts. */
export function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'wasm' && activation === 'gelu') {
    const out = path.heap.make(x.shape);
    geluInto(path.heap.view(x), path.heap.view(out));
    return out;
  }
  return activation === 'gelu' ? tf.tidy(() => tf.mul(x, normalCdf(x))) : tf.tidy(() => tf.mul(x, tf.sigmoid(x)));
}

/** dy times the derivative at x. */
export function activationGradient(x: tf.Tensor, dy: tf.Tensor, activation: Activation): tf.Tensor {
  const path = currentPath();
  if (path.kind === 'webgpu') {
    const out = path.gpu.make(x.shape);
    path.gpu.run(activationGradientKernel(activation), {
      inputs: [x, dy],
      outputs: [out],
      uniforms: [x.size],
      groups: Math.ceil(x.size / ACTIVATION_GROUP),
    });
    return out;
  }
  if (path.kind === 'wasm' && activation === 'gelu') {
    const out = path.heap.make(x.shape);
    geluGradientInto(path.heap.view(x), path.heap.view(dy), path.heap.view(out));
    return out;
  }
  return tf.tidy(() => tf.mul(dy, activation === 'gelu' ? geluSlope(x) : siluSlope(x)));
}

/** Φ(x) */
function normalCdf(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, SQRT1_2)), 1), 0.5);
}

function geluSlope(x: tf.Tensor): tf.Tensor {
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), INVERSE_SQRT_TAU);
  return tf.add(normalCdf(x), tf.mul(x, density));
}

function siluSlope(x: tf.Tensor): tf.Tensor {
  const s = tf.sigmoid(x);
  return tf.mul(s, tf.add(1, tf.mul(x, tf.sub(1, s))));
}
