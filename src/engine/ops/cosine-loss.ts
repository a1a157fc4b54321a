/**
 * The contrastive loss of sentence encoders: cosine similarity of pairs of vectors regressed to targets
 * (sentence-transformers' CosineSimilarityLoss, used by SetFit, Tunstall et al. 2022).
 */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, matrixShape } from './differentiable';

/** Keeps a vector of zeros from dividing by zero. */
const EPSILON = 1e-8;

/**
 * Mean of (cos − target)² over pairs: pooled: [2·pairs, width], rows i and i + pairs are pair i; targets: [pairs].
 * `normalizer` is what the sum is divided by, when a step has several micro-batches: the pairs of the whole step.
 */
export function cosineLoss(pooled: tf.Tensor, targets: Float32Array, normalizer = targets.length): tf.Tensor {
  return differentiable(
    [pooled],
    () => {
      const { error } = compare(pooled, targets);
      // Every pair stands in `error` twice.
      return { value: tf.div(tf.sum(tf.square(error)), 2 * normalizer), saved: [pooled] };
    },
    (dy, saved) => [
      tf.tidy(() => {
        // d cos/da = (b̂ − cos·â)/|a|, for the unit vectors â and b̂; the same with a and b exchanged.
        const { units, others, norms, cosines, error } = compare(saved(0), targets);
        const slope = tf.div(tf.sub(others, tf.mul(units, cosines)), norms);
        return tf.reshape(tf.mul(slope, tf.mul(error, tf.mul(dy, 2 / normalizer))), saved(0).shape);
      }),
    ],
  );
}

/** Each vector beside the other one of its pair: all [2, pairs, width] or [2, pairs, 1]. */
function compare(pooled: tf.Tensor, targets: Float32Array) {
  const [rows, width] = matrixShape(pooled);
  const vectors = tf.reshape(pooled, [2, rows / 2, width]);
  const norms = tf.maximum(tf.sqrt(tf.sum(tf.square(vectors), 2, true)), EPSILON);
  const units = tf.div(vectors, norms);
  const others = tf.reverse(units, 0);
  const cosines = tf.sum(tf.mul(units, others), 2, true);
  const error = tf.sub(cosines, tf.tensor3d(targets, [1, rows / 2, 1]));
  return { units, others, norms, cosines, error };
}
