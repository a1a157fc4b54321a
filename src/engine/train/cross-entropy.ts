/** Cross-entropy of logits against labels, with optional class weights, as PyTorch's `cross_entropy`. */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from '../ops/differentiable';

export interface CrossEntropyOptions {
  /** [classes] */
  classWeights?: Float32Array;
  /**
   * What the weighted sum is divided by: by default the sum of the rows' weights, so that the loss is a mean. When a
   * step has several micro-batches, give all of them the sum over the whole step.
   */
  normalizer?: number;
}

/** logits: [rows, classes], labels: class numbers → scalar */
export function crossEntropy(
  logits: tf.Tensor,
  labels: Int32Array,
  { classWeights, normalizer }: CrossEntropyOptions = {},
): tf.Tensor {
  const [rows = 0, classes = 0] = logits.shape;
  const rowWeights = Float32Array.from(labels, (label) => classWeights?.[label] ?? 1);
  const total = normalizer ?? rowWeights.reduce((sum, weight) => sum + weight, 0);
  const target = new Float32Array(rows * classes);
  labels.forEach((label, row) => {
    target[row * classes + label] = (rowWeights[row] ?? 0) / total;
  });
  const weightOf = Float32Array.from(rowWeights, (weight) => weight / total);
  return differentiable(
    [logits],
    () => {
      const shifted = tf.sub(logits, tf.max(logits, 1, true));
      const logProbabilities = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)));
      const value = tf.neg(tf.sum(tf.mul(logProbabilities, tf.tensor2d(target, [rows, classes]))));
      return { value, saved: [logProbabilities] };
    },
    (dy, saved) => [
      tf.tidy(() => {
        const expected = tf.mul(tf.exp(saved(0)), tf.tensor2d(weightOf, [rows, 1]));
        return tf.mul(dy, tf.sub(expected, tf.tensor2d(target, [rows, classes])));
      }),
    ],
  );
}
