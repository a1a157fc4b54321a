/** The parameters of a model as operations and adapters look them up: by name. */
import type * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { type Matrix, PackedMatrix } from './packed-matrix';

/**
 * Parameters by the names of their family's config.ts; weights of linear layers are [inputs, outputs]. Such a weight may
 * be packed, on WebGPU, until it is trained.
 */
export type Weights = Map<string, Matrix>;

/** The parameter of that name, which is not packed; throws `model-damaged` when the model has none. */
export function parameter(weights: Weights, name: string): tf.Tensor {
  const found = matrix(weights, name);
  if (found instanceof PackedMatrix) throw new AppError('internal', `«${name}» is packed: only a product can read it.`);
  return found;
}

/** The same for what is only applied as a product: packed or not. */
export function matrix(weights: Weights, name: string): Matrix {
  const found = weights.get(name);
  if (found === undefined) {
    throw new AppError('model-damaged', `The model has no «${name}». Load the model again.`, { details: { name } });
  }
  return found;
}
