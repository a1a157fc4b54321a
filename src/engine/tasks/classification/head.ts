/** The classification head: one linear layer on pooled vectors. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../core/random';
import { placed } from '../../device/placed';
import { linear } from '../../ops/linear';
import { parameter, type Weights } from '../../models/weights';

export const HEAD_WEIGHT = 'head.weight';
export const HEAD_BIAS = 'head.bias';
export const HEAD_NAMES = [HEAD_WEIGHT, HEAD_BIAS];

/** A head with weights drawn uniformly in ±0.02·√3 (standard deviation 0.02, the usual start) and no bias. */
export function createHead(hiddenSize: number, classes: number, random: Random): Map<string, tf.Tensor> {
  const bound = 0.02 * Math.sqrt(3);
  const values = Float32Array.from({ length: hiddenSize * classes }, () => (2 * random() - 1) * bound);
  return new Map([
    [HEAD_WEIGHT, placed(values, [hiddenSize, classes])],
    [HEAD_BIAS, placed(new Float32Array(classes), [classes])],
  ]);
}

/** pooled: [batch, hidden] → logits [batch, classes] */
export function applyHead(weights: Weights, pooled: tf.Tensor): tf.Tensor {
  return linear(pooled, { weight: parameter(weights, HEAD_WEIGHT), bias: parameter(weights, HEAD_BIAS) });
}
