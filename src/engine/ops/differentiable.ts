/** An operation with a gradient of its own, which is told which of its inputs want one. */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';

/** Whether the gradient of the input at that position is asked for; never of one that is not there. */
export type Wanted = (position: number) => boolean;

/**
 * One gradient per input, in their order: of those that are wanted. What `forward` saved is asked for by its position.
 */
export type Backward = (
  dy: tf.Tensor,
  saved: (position: number) => tf.Tensor,
  wanted: Wanted,
) => (tf.Tensor | undefined)[];

/** What the walk (gradients.ts) has to know of an operation. */
export interface Operation {
  /** Undefined where there is none, as the bias of a layer without. */
  inputs: readonly (tf.Tensor | undefined)[];
  backward: Backward;
}

/** By the tensor that an operation gave. */
const operations = new WeakMap<tf.Tensor, Operation>();

/** The operation of ours that a tensor came out of. */
export function operationOf(value: tf.Tensor): Operation | undefined {
  return operations.get(value);
}

/**
 * Runs `forward` on `inputs` and, when a gradient is taken (gradients.ts), `backward`. What `forward` saves lives until
 * `backward` is through; other tensors made in either are disposed.
 */
export function differentiable(
  inputs: Operation['inputs'],
  forward: () => { value: tf.Tensor; saved: tf.Tensor[] },
  backward: Backward,
): tf.Tensor {
  // For tfjs's tape; its own walk would compute what nobody wants.
  const record = tf.customGrad((...args) => {
    const { value, saved } = forward();
    const save = args.at(-1);
    if (typeof save === 'function') save(saved);
    return { value, gradFunc: refuse };
  });
  const value = record(...inputs.flatMap((input) => input ?? []));
  operations.set(value, { inputs, backward });
  return value;
}

function refuse(): never {
  throw new AppError('internal', 'Gradients of our operations are taken by `gradientsOf`.');
}

/** [rows, columns] of a matrix. */
export function matrixShape(matrix: { readonly shape: readonly number[] }): [rows: number, columns: number] {
  const [rows, columns] = matrix.shape;
  if (rows === undefined || columns === undefined || matrix.shape.length !== 2) {
    throw new AppError('internal', `Expected a matrix, got a tensor of shape [${matrix.shape.join(', ')}].`);
  }
  return [rows, columns];
}
