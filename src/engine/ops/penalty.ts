/** L1 and L2 penalties on a parameter, added to a loss. */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { PENALTY, PENALTY_BACKWARD } from '../kernels/penalty';
import { differentiable } from './differentiable';
import { currentPath } from './path';

interface Strengths {
  l1: number;
  l2: number;
}

/** loss + l1·Σ|w| + l2·Σw²; loss: scalar, weight: any shape → scalar. Gives `loss` itself when both are 0. */
export function withPenalty(loss: tf.Tensor, weight: tf.Tensor, strengths: Strengths): tf.Tensor {
  if (strengths.l1 === 0 && strengths.l2 === 0) return loss;
  const path = currentPath();
  const { forward, backward } = path.kind === 'webgpu' ? gpuWay(path.gpu, strengths) : portableWay(strengths);
  return differentiable(
    [loss, weight],
    () => ({ value: forward(loss, weight), saved: [] }),
    (dy, _, wanted) => [dy, wanted(1) ? backward(weight, dy) : undefined],
  );
}

interface Way {
  forward(loss: tf.Tensor, weight: tf.Tensor): tf.Tensor;
  backward(weight: tf.Tensor, dy: tf.Tensor): tf.Tensor;
}

function gpuWay(gpu: Gpu, { l1, l2 }: Strengths): Way {
  return {
    forward(loss, weight) {
      const out = gpu.make([]);
      gpu.run(PENALTY, { inputs: [loss, weight], outputs: [out], uniforms: [weight.size, l1, l2], groups: 1 });
      return out;
    },
    backward(weight, dy) {
      const out = gpu.make(weight.shape);
      const groups = Math.ceil(weight.size / 64);
      gpu.run(PENALTY_BACKWARD, { inputs: [weight, dy], outputs: [out], uniforms: [weight.size, l1, l2], groups });
      return out;
    },
  };
}

/** A few hundred times less work than the layer below it: plain operations do on WebAssembly as well. */
function portableWay({ l1, l2 }: Strengths): Way {
  return {
    forward(loss, weight) {
      const absolute = tf.mul(tf.sum(tf.abs(weight)), l1);
      const squared = tf.mul(tf.sum(tf.square(weight)), l2);
      return tf.add(loss, tf.add(absolute, squared));
    },
    backward: (weight, dy) => tf.tidy(() => tf.mul(dy, tf.add(tf.mul(tf.sign(weight), l1), tf.mul(weight, 2 * l2)))),
  };
}
