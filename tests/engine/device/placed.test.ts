import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { webGpu } from '../../../src/engine/device/gpu';
import { placed } from '../../../src/engine/device/placed';
import { readValues } from '../../../src/engine/device/read';
import { startBackend } from '../../helpers/tf-node';

test.each(['wasm', 'webgpu'] as const)('%s: has the values and the shape it was given', async (backend) => {
  await startBackend(backend);
  const tensor = placed(Float32Array.of(1, 2, 3, 4), [2, 2]);
  expect(tensor.shape).toEqual([2, 2]);
  expect(await readValues(tensor)).toEqual(Float32Array.of(1, 2, 3, 4));
  tensor.dispose();
});

test('WebGPU: is on the device before it is used', async () => {
  await startBackend('webgpu');
  const gpu = webGpu();
  if (!gpu) throw new Error('This test needs WebGPU.');
  const before = gpu.bytes().used;
  const tensor = placed(new Float32Array(1000), [1000]);
  expect(gpu.bytes().used).toBe(before + 4000);
  tensor.dispose();
  tf.dispose(placed(new Float32Array(), [0]));
});
