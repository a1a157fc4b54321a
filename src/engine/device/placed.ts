/** Tensors that last: parameters and moments. */
import * as tf from '@tensorflow/tfjs-core';
import { webGpu } from './gpu';

/**
 * A float32 tensor that is on the device at once. tfjs would upload it when it is first used; were that a pass for which
 * the memory runs out, the values would be lost with all else that was recorded for it.
 */
export function placed(values: Float32Array, shape: number[]): tf.Tensor {
  const tensor = tf.tensor(values, shape);
  webGpu()?.upload([tensor]);
  return tensor;
}
