/** L1 and L2 penalties on a parameter, added to a loss. */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable';

/** loss + l1·Σ|w| + l2·Σw²; loss: scalar, weight: any shape → scalar. Gives `loss` itself when both are 0. */
export function withPenalty(loss: tf.Tensor, weight: tf.Tensor, { l1, l2 }: { l1: number; l2: number }): tf.Tensor {
  if (l1 === 0 && l2 === 0) return loss;
  return differentiable(
    [loss, weight],
    () => {
      const absolute = tf.mul(tf.sum(tf.abs(weight)), l1);
      const squared = tf.mul(tf.sum(tf.square(weight)), l2);
      return { value: tf.add(loss, tf.add(absolute, squared)), saved: [] };
    },
    (dy) => [tf.clone(dy), tf.tidy(() => tf.mul(dy, tf.add(tf.mul(tf.sign(weight), l1), tf.mul(weight, 2 * l2))))],
  );
}
