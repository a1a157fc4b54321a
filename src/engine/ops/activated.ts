/** An activation by itself, where something is added between a product and it. */
import type * as tf from '@tensorflow/tfjs-core';
import { activate, activationGradient, type Activation } from './activation';
import { differentiable } from './differentiable';

/** activation(x), any shape. */
export function activated(x: tf.Tensor, activation: Activation): tf.Tensor {
  return differentiable(
    [x],
    () => ({ value: activate(x, activation), saved: [x] }),
    (dy, saved) => [activationGradient(saved(0), dy, activation)],
  );
}
