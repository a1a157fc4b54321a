/** a + b of one shape, as a residual stream adds up; each has the whole gradient. */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable';

/** a, b: of one shape → that shape */
export function add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return differentiable(
    [a, b],
    () => ({ value: tf.add(a, b), saved: [] }),
    (dy) => [dy, dy],
  );
}
