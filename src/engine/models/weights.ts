/**
 * The parameters of a model, whatever its family: tensors by name, and the same as plain arrays.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { placed } from '../device/placed';
import { copyOut } from '../device/read';
import { currentPath } from '../ops/path';

/** Parameters by the names of their family's config.ts; weights of linear layers are [inputs, outputs]. */
export type Weights = Map<string, tf.Tensor>;

/** The parameter of that name; throws `model-damaged` when the model has none. */
export function parameter(weights: Weights, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) {
    throw new AppError('model-damaged', `The model has no «${name}». Load the model again.`, { details: { name } });
  }
  return tensor;
}

/** A parameter as plain data. */
export interface NamedArray {
  name: string;
  shape: number[];
  values: Float32Array;
}

/** Parameters as plain data, in the engine's layout: for IndexedDB, and for the best weights so far. */
export type WeightArrays = Map<string, { shape: number[]; values: Float32Array }>;

/** Copies parameters (all, or the named ones) to plain arrays. */
export async function readArrays(weights: Weights, names: Iterable<string> = weights.keys()): Promise<WeightArrays> {
  const named = Array.from(names, (name) => ({ name, tensor: parameter(weights, name) }));
  const read = await copyOut(named.map(({ tensor }) => tensor));
  return new Map(
    named.map(({ name, tensor }, i) => [name, { shape: tensor.shape.slice(), values: read[i] ?? new Float32Array() }]),
  );
}

/** Puts arrays back in place of the parameters of the same names; what is not named stays. */
export function writeArrays(weights: Weights, arrays: WeightArrays): void {
  for (const [name, { shape, values }] of arrays) {
    weights.get(name)?.dispose();
    weights.set(name, placed(values, shape));
  }
}

/** The same values as tensors of their own, so that training leaves the originals alone. */
export function cloneWeights(weights: Weights): Weights {
  const path = currentPath();
  // Training changes tensors in place. A clone is a copy on WebAssembly; the portable way may share, it replaces tensors.
  const copy = path.kind === 'webgpu' ? path.gpu.copy : tf.clone;
  return new Map(Array.from(weights, ([name, tensor]) => [name, tf.keep(copy(tensor))]));
}

export function disposeWeights(weights: Weights): void {
  for (const tensor of weights.values()) tensor.dispose();
  weights.clear();
}
