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

test('WebGPU: a weight over the limit is of a model that does not fit: no batch is to be smaller, nothing is left', async () => {
  await startBackend('webgpu');
  const device = webGpu()?.device;
  if (!device) throw new Error('This test needs WebGPU.');
  const before = tf.memory().numTensors;
  const { limits } = device;
  const limitTo = (value: object): void => void Object.defineProperty(device, 'limits', { value, configurable: true });
  limitTo({ maxBufferSize: 4096, maxStorageBufferBindingSize: 4096 });
  try {
    expect(() => placed(new Float32Array(2000), [2000])).toThrow(
      expect.objectContaining({
        code: 'out-of-memory',
        message: expect.stringMatching(/^This model does not fit this GPU: 8(\.0)? kB .*Choose a smaller model/),
        details: { bytes: 8000, limit: 4096 },
      }),
    );
  } finally {
    limitTo(limits);
  }
  expect(tf.memory().numTensors).toBe(before);
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
