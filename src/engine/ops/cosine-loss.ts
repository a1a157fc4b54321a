/**
 * The contrastive loss of sentence encoders: cosine similarity of pairs of vectors regressed to targets
 * (sentence-transformers' CosineSimilarityLoss, used by SetFit, Tunstall et al. 2022). For the unit vectors â and b̂,
 *   d cos/da = (b̂ − cos·â)/|a|    and the same with a and b exchanged.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { COSINE_BACKWARD, COSINE_ERRORS } from '../kernels/cosine-loss';
import { differentiable, matrixShape } from './differentiable';
import { currentPath } from './path';
import { gpuSum } from './webgpu/sum';

/** Keeps a vector of zeros from dividing by zero. */
const EPSILON = 1e-8;

/**
 * Mean of (cos − target)² over pairs: pooled: [2·pairs, width], rows 2·i and 2·i + 1 are pair i; targets: [pairs].
 * `normalizer` is what the sum is divided by, when a step has several micro-batches: the pairs of the whole step.
 */
export function cosineLoss(pooled: tf.Tensor, targets: Float32Array, normalizer = targets.length): tf.Tensor {
  const path = currentPath();
  const { forward, backward } =
    path.kind === 'webgpu' ? gpuWay(path.gpu, targets, normalizer) : portableWay(targets, normalizer);
  return differentiable(
    [pooled],
    () => ({ value: forward(pooled), saved: [pooled] }),
    (dy, saved) => [backward(saved(0), dy)],
  );
}

interface Way {
  forward(pooled: tf.Tensor): tf.Tensor;
  backward(pooled: tf.Tensor, dy: tf.Tensor): tf.Tensor;
}

function gpuWay(gpu: Gpu, targets: Float32Array, normalizer: number): Way {
  const pairs = targets.length;
  return {
    forward: (pooled) =>
      tf.tidy(() => {
        const [, width] = matrixShape(pooled);
        const errors = gpu.make([pairs]);
        gpu.run(COSINE_ERRORS, {
          inputs: [pooled, tf.tensor1d(targets)],
          outputs: [errors],
          uniforms: [pairs, width],
          groups: pairs,
        });
        return gpuSum(gpu, errors, 1 / normalizer);
      }),
    backward: (pooled, dy) =>
      tf.tidy(() => {
        const [, width] = matrixShape(pooled);
        const gradient = gpu.make(pooled.shape);
        gpu.run(COSINE_BACKWARD, {
          inputs: [pooled, tf.tensor1d(targets), dy],
          outputs: [gradient],
          uniforms: [pairs, width, 2 / normalizer],
          groups: pairs,
        });
        return gradient;
      }),
  };
}

/** The vectors are few beside the tokens they were made of: plain operations do on WebAssembly as well. */
function portableWay(targets: Float32Array, normalizer: number): Way {
  return {
    forward(pooled) {
      const { error } = compare(pooled, targets);
      // Every pair stands in `error` twice.
      return tf.div(tf.sum(tf.square(error)), 2 * normalizer);
    },
    backward: (pooled, dy) =>
      tf.tidy(() => {
        const { units, others, norms, cosines, error } = compare(pooled, targets);
        const slope = tf.div(tf.sub(others, tf.mul(units, cosines)), norms);
        return tf.reshape(tf.mul(slope, tf.mul(error, tf.mul(dy, 2 / normalizer))), pooled.shape);
      }),
  };
}

/** Each vector beside the other one of its pair: all [pairs, 2, width] or [pairs, 2, 1]. */
function compare(pooled: tf.Tensor, targets: Float32Array) {
  const [rows, width] = matrixShape(pooled);
  const vectors = tf.reshape(pooled, [rows / 2, 2, width]);
  const norms = tf.maximum(tf.sqrt(tf.sum(tf.square(vectors), 2, true)), EPSILON);
  const units = tf.div(vectors, norms);
  const others = tf.reverse(units, 1);
  const cosines = tf.sum(tf.mul(units, others), 2, true);
  const error = tf.sub(cosines, tf.tensor3d(targets, [rows / 2, 1, 1]));
  return { units, others, norms, cosines, error };
}
