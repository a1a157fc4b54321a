/** Reading tensors back without leaving a second copy of them behind. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * The values of a tensor, as an array of the caller's own. On WebGPU `data()` keeps what it read beside the tensor
 * for as long as that lives, and a clone shares it: so a copy is read and disposed.
 */
export async function readValues(tensor: tf.Tensor): Promise<Float32Array> {
  const copy = tf.tidy(() => tf.mul(tensor, 1));
  try {
    return Float32Array.from(await copy.data<'float32'>());
  } finally {
    copy.dispose();
  }
}
