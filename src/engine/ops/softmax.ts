/**
 * Softmax over the last axis from plain operations (tfjs's own is wrong on WebGPU for more than 65,535 rows),
 * and the step back through it. Both for use inside operations that have a gradient of their own.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Any shape; every row must hold a finite value. */
export function softmax(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const exponentials = tf.exp(tf.sub(x, tf.max(x, -1, true)));
    return tf.div(exponentials, tf.sum(exponentials, -1, true));
  });
}

/** dx = p·(dy − Σ dy·p), for p = softmax(x). */
export function softmaxGradient(p: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const weighted = tf.mul(dy, p);
    return tf.sub(weighted, tf.mul(p, tf.sum(weighted, -1, true)));
  });
}
