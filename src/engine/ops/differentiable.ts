/** An operation with a gradient of its own: what `tf.customGrad` does, with types that say what goes where. */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';

/**
 * Runs `forward` on `inputs` and, when a gradient is taken (gradients.ts), `backward`, which gives one gradient per
 * input in the same order. What `forward` saves lives until `backward` is through and is asked for by its position;
 * other tensors made in either are disposed.
 */
export function differentiable(
  inputs: readonly tf.Tensor[],
  forward: () => { value: tf.Tensor; saved: tf.Tensor[] },
  backward: (dy: tf.Tensor, saved: (position: number) => tf.Tensor) => tf.Tensor[],
): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const { value, saved } = forward();
    const save = args.at(-1);
    if (typeof save === 'function') save(saved);
    return { value, gradFunc: (dy, kept) => backward(dy, (position) => at(kept, position)) };
  });
  return operation(...inputs);
}

function at(tensors: readonly tf.Tensor[], position: number): tf.Tensor {
  const tensor = tensors[position];
  if (tensor === undefined) throw new AppError('internal', `No tensor was saved at position ${position}.`);
  return tensor;
}

/** [rows, columns] of a matrix. */
export function matrixShape(matrix: tf.Tensor): [rows: number, columns: number] {
  const [rows, columns] = matrix.shape;
  if (rows === undefined || columns === undefined || matrix.rank !== 2) {
    throw new AppError('internal', `Expected a matrix, got a tensor of shape [${matrix.shape.join(', ')}].`);
  }
  return [rows, columns];
}
