/**
 * Cross-entropy of softmax(logits) against labels, with weights of classes or rows, as PyTorch's `cross_entropy`:
 *   loss = Σ w·(log Σ exp(logits) − logit of the label) / normalizer
 *   dlogits = w·(softmax(logits) − [label]) / normalizer
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../device/gpu';
import { CROSS_ENTROPY, CROSS_ENTROPY_BACKWARD } from '../kernels/cross-entropy';
import { differentiable, matrixShape } from './differentiable';
import { currentPath } from './path';
import { weighTargets, type Targets, type TargetWeights } from './targets';
import { crossEntropyGradientInto, crossEntropyInto } from './wasm/cross-entropy';
import type { WasmHeap } from './wasm/heap';
import { gpuSum } from './webgpu/sum';

/** logits: [rows, classes], labels: class numbers → scalar. Throws `internal` for a label that is no class. */
export function crossEntropy(logits: tf.Tensor, labels: Int32Array, options: TargetWeights = {}): tf.Tensor {
  const [, classes] = matrixShape(logits);
  const targets = weighTargets(labels, classes, options);
  const way = crossEntropyWay();
  return differentiable(
    [logits],
    () => {
      const { losses, logSums } = way.forward(logits, targets);
      return { value: way.total(losses), saved: [logits, logSums] };
    },
    (dy, saved) => [way.backward(saved(0), targets, saved(1), dy)],
  );
}

/** The pieces of a cross-entropy, without gradients of their own: one object per path. */
export interface CrossEntropyWay {
  /** losses: [rows], logSums: [rows, 2], the largest logit and log Σ exp(logit − largest). */
  forward(logits: tf.Tensor, targets: Targets): { losses: tf.Tensor; logSums: tf.Tensor };
  /** dy: scalar → [rows, classes] */
  backward(logits: tf.Tensor, targets: Targets, logSums: tf.Tensor, dy: tf.Tensor): tf.Tensor;
  /** The sum of the losses, a scalar. */
  total(losses: tf.Tensor): tf.Tensor;
}

export function crossEntropyWay(): CrossEntropyWay {
  const path = currentPath();
  switch (path.kind) {
    case 'webgpu':
      return gpuWay(path.gpu);
    case 'wasm':
      return wasmWay(path.heap);
    case 'portable':
      return PORTABLE_WAY;
    default:
      return path satisfies never;
  }
}

/** One dispatch for the losses, one for their sum, one backward. */
function gpuWay(gpu: Gpu): CrossEntropyWay {
  return {
    forward: (logits, { labels, shares }) =>
      tf.tidy(() => {
        const [rows, classes] = matrixShape(logits);
        const [losses, logSums] = [gpu.make([rows]), gpu.make([rows, 2])];
        gpu.run(CROSS_ENTROPY, {
          inputs: [logits, tf.tensor1d(labels, 'int32'), tf.tensor1d(shares)],
          outputs: [losses, logSums],
          uniforms: [rows, classes],
          groups: rows,
        });
        return { losses, logSums };
      }),
    backward: (logits, { labels, shares }, logSums, dy) =>
      tf.tidy(() => {
        const [rows, classes] = matrixShape(logits);
        const gradient = gpu.make([rows, classes]);
        gpu.run(CROSS_ENTROPY_BACKWARD, {
          inputs: [logits, tf.tensor1d(labels, 'int32'), tf.tensor1d(shares), logSums, dy],
          outputs: [gradient],
          uniforms: [rows, classes],
          groups: Math.ceil(gradient.size / 64),
        });
        return gradient;
      }),
    total: (losses) => gpuSum(gpu, losses),
  };
}

function wasmWay(heap: WasmHeap): CrossEntropyWay {
  return {
    forward(logits, targets) {
      const [rows] = matrixShape(logits);
      const [losses, logSums] = [heap.make([rows]), heap.make([rows, 2])];
      crossEntropyInto(heap, logits, targets, { losses, logSums });
      return { losses, logSums };
    },
    backward(logits, targets, logSums, dy) {
      const gradient = heap.make(logits.shape);
      const scale = heap.view(dy)[0] ?? NaN;
      crossEntropyGradientInto(heap, logits, targets, logSums, scale, gradient);
      return gradient;
    },
    total(losses) {
      const sum = heap.make([]);
      heap.view(sum)[0] = heap.view(losses).reduce((total, loss) => total + loss, 0);
      return sum;
    },
  };
}

const PORTABLE_WAY: CrossEntropyWay = {
  forward: (logits, targets) =>
    tf.tidy(() => {
      const largest = tf.max(logits, 1, true);
      const shifted = tf.sub(logits, largest);
      const logSum = tf.log(tf.sum(tf.exp(shifted), 1, true));
      const atLabel = tf.sum(tf.mul(shifted, oneHot(targets, logits.shape)), 1);
      const losses = tf.mul(tf.sub(tf.squeeze(logSum, [1]), atLabel), tf.tensor1d(targets.shares));
      return { losses, logSums: tf.concat([largest, logSum], 1) };
    }),
  backward: (logits, targets, logSums, dy) =>
    tf.tidy(() => {
      const logProbabilities = tf.sub(logits, tf.sum(logSums, 1, true));
      const error = tf.sub(tf.exp(logProbabilities), oneHot(targets, logits.shape));
      return tf.mul(dy, tf.mul(error, tf.reshape(tf.tensor1d(targets.shares), [-1, 1])));
    }),
  total: (losses) => tf.sum(losses),
};

function oneHot({ labels }: Targets, [rows = 0, classes = 0]: number[]): tf.Tensor {
  const values = new Float32Array(rows * classes);
  labels.forEach((label, row) => {
    values[row * classes + label] = 1;
  });
  return tf.tensor2d(values, [rows, classes]);
}
