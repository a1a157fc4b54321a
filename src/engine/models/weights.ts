/**
 * The parameters of a model, whatever its family: tensors by name, and the same as plain arrays.
 */
import * as tf from '@tensorflow/tfjs-core';
import { unpackValues } from '../../core/formats/tensor-types';
import { placed } from '../device/placed';
import { copyOut } from '../device/read';
import type { BlockTypeId } from '../kernels/packed-blocks';
import { type Matrix, PackedMatrix, unpackedOnly } from '../ops/packed-matrix';
import { matrix, parameter, type Weights } from '../ops/parameters';
import { currentPath } from '../ops/path';
import { gpuUnpack } from '../ops/webgpu/unpack';

// Looked up by adapters too, which stand below the models.
export { matrix, parameter, type Weights };

/** A parameter as plain data. */
export interface NamedArray {
  name: string;
  shape: number[];
  values: Float32Array;
}

/** The weight of a linear layer as its file has it: [outputs, inputs], in blocks that products can unpack. */
export interface NamedBlocks {
  name: string;
  shape: [outputs: number, inputs: number];
  type: BlockTypeId;
  bytes: Uint8Array;
}

/** True for what stays packed. */
export function isPacked(array: NamedArray | NamedBlocks): array is NamedBlocks {
  return 'bytes' in array;
}

/** The same as plain values, still [outputs, inputs]. */
export function unpackBlocks({ name, shape, type, bytes }: NamedBlocks): NamedArray {
  const values = new Float32Array(shape[0] * shape[1]);
  unpackValues(type, bytes, values);
  return { name, shape: [...shape], values };
}

/** The weight of a linear layer from [outputs, inputs], as files have it, to [inputs, outputs]. */
export function turned({ name, shape, values }: NamedArray): NamedArray {
  const [outputs = 0, inputs = 0] = shape;
  const result = new Float32Array(values.length);
  for (let row = 0, i = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++, i++) result[column * outputs + row] = values[i] ?? 0;
  }
  return { name, shape: [inputs, outputs], values: result };
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

/** The same values as tensors of their own, packed ones unpacked, so that training leaves the originals alone. */
export function cloneWeights(weights: Weights): Map<string, tf.Tensor> {
  return new Map(Array.from(weights, ([name, weight]) => [name, tf.keep(copyOf(weight))]));
}

/** Training changes tensors in place. A clone is a copy on WebAssembly; the portable way may share, it replaces tensors. */
function copyOf(weight: Matrix): tf.Tensor {
  const path = currentPath();
  if (path.kind !== 'webgpu') return tf.clone(unpackedOnly(weight));
  return weight instanceof PackedMatrix ? gpuUnpack(path.gpu, weight) : path.gpu.copy(weight);
}

export function disposeWeights(weights: Weights): void {
  for (const weight of weights.values()) weight.dispose();
  weights.clear();
}
