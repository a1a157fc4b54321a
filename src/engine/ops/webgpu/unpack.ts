/** A packed matrix as a tensor, where it is to be trained. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../../device/gpu';
import { unpack, UNPACK_GROUP } from '../../kernels/unpack';
import type { PackedMatrix } from '../packed-matrix';

/** A new float32 tensor [inputs, outputs]. */
export function gpuUnpack(gpu: Gpu, { type, shape: [inputs, outputs], words }: PackedMatrix): tf.Tensor {
  const out = gpu.make([inputs, outputs]);
  gpu.run(unpack(type), {
    inputs: [words],
    outputs: [out],
    uniforms: [inputs, outputs],
    groups: Math.ceil((inputs * outputs) / 16 / UNPACK_GROUP),
  });
  return out;
}
