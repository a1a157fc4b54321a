/** The sum of a few thousand numbers on WebGPU, in a fixed order. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../../device/gpu';
import { SUM } from '../../kernels/sum';

/** factor·Σx, a scalar; one dispatch */
export function gpuSum(gpu: Gpu, x: tf.Tensor, factor = 1): tf.Tensor {
  const out = gpu.make([]);
  gpu.run(SUM, { inputs: [x], outputs: [out], uniforms: [x.size, factor], groups: 1 });
  return out;
}
