/** Reading tensors back without leaving a second copy of them behind. */
import type * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { withErrorScopes } from './error-scopes';
import { webGpu } from './gpu';

/** Of one read-back: a staging buffer of that size is made for it. */
const MOST_BYTES = 1 << 25;

/** The values of a float32 tensor, as an array of the caller's own. */
export async function readValues(tensor: tf.Tensor): Promise<Float32Array<ArrayBuffer>> {
  const [values] = await readAll([tensor]);
  return values ?? new Float32Array();
}

/**
 * `readAll` outside of a step or a pass, which watch for memory that runs out: what does not fit is asked for once more
 * when all that is free was given back. Throws `out-of-memory`.
 */
export async function copyOut(tensors: readonly tf.Tensor[]): Promise<Float32Array<ArrayBuffer>[]> {
  const read = (): Promise<Float32Array<ArrayBuffer>[]> => withErrorScopes(() => readAll(tensors));
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'out-of-memory')) throw error;
    webGpu()?.releaseFree();
    return read();
  }
}

/**
 * The values of float32 tensors as they are now, in their order, each an array of its own. On WebGPU `data()` would
 * keep what it read beside the tensor for as long as that lives, which is wrong as soon as the tensor is changed in
 * place: so it is not used there.
 */
export async function readAll(tensors: readonly tf.Tensor[]): Promise<Float32Array<ArrayBuffer>[]> {
  const gpu = webGpu();
  if (gpu === null) {
    return Promise.all(tensors.map(async (tensor) => (await tensor.data<'float32'>()).slice()));
  }
  const all: Float32Array<ArrayBuffer>[] = [];
  let part: tf.Tensor[] = [];
  let bytes = 0;
  for (const tensor of tensors) {
    if (bytes + 4 * tensor.size > MOST_BYTES && part.length > 0) {
      all.push(...(await gpu.read(part)));
      part = [];
      bytes = 0;
    }
    part.push(tensor);
    bytes += 4 * tensor.size;
  }
  all.push(...(await gpu.read(part)));
  return all;
}
