import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { webGpu } from '../../../src/engine/device/gpu';
import { placed } from '../../../src/engine/device/placed';
import { copyOut, readAll, readValues } from '../../../src/engine/device/read';
import { startBackend } from '../../helpers/tf-node';

describe.each(['wasm', 'webgpu'] as const)('%s', (backend) => {
  beforeEach(() => startBackend(backend));

  test('many tensors at once, empty ones too, as they are now', async () => {
    const tensors = [tf.tensor1d([1, 2, 3]), tf.zeros([0, 4]), tf.scalar(7), tf.mul(tf.ones([300]), 2)];
    const read = await readAll(tensors);
    expect(read.map((values) => [...values].slice(0, 3))).toEqual([[1, 2, 3], [], [7], [2, 2, 2]]);
    expect(read[3]).toHaveLength(300);
    tf.dispose(tensors);
  });

  test('through tfjs gives a tensor its own values, also when its buffer was a larger one', async () => {
    const large = tf.mul(tf.ones([1_000]), 3);
    await readValues(large);
    large.dispose();
    const small = tf.tidy(() => tf.add(tf.ones([930]), 1));
    const values = await small.data();
    expect(values).toHaveLength(930);
    expect(values.every((value) => value === 2)).toBe(true);
    small.dispose();
  });

  test('values that come from the CPU are right in a buffer that was used before', async () => {
    const before = tf.mul(tf.ones([5_000]), 9);
    await readValues(before);
    before.dispose();
    const values = Float32Array.from({ length: 4_999 }, (_, i) => i);
    const tensor = tf.tensor1d(values);
    expect(await readValues(tensor)).toEqual(values);
    tensor.dispose();
  });

  test('gives an array of the caller’s own', async () => {
    const tensor = tf.tensor1d([1, 2]);
    (await readValues(tensor)).fill(0);
    expect(await readValues(tensor)).toEqual(Float32Array.of(1, 2));
    tensor.dispose();
  });

  test('gives each tensor a buffer of its own: what is stored or handed over takes no other along', async () => {
    const tensors = [tf.tensor1d([1, 2]), tf.scalar(3), tf.zeros([0])];
    const read = await readAll(tensors);
    expect(read.map(({ buffer, byteOffset }) => [buffer.byteLength, byteOffset])).toEqual([
      [8, 0],
      [4, 0],
      [0, 0],
    ]);
    tf.dispose(tensors);
  });

  test('goes in several pieces where there is much', async () => {
    const tensors = Array.from({ length: 5 }, (_, i) => tf.fill([2 ** 21], i));
    const read = await readAll(tensors);
    read.forEach((values, i) => expect([values.length, values[0], values.at(-1)]).toEqual([2 ** 21, i, i]));
    tf.dispose(tensors);
  });
});

describe('memory that runs out for reading back', () => {
  /** The next `count` buffers for reading are too large for the device. */
  function failReadBacks(device: GPUDevice, count: number): { asked(): number; restore(): void } {
    const create = device.createBuffer.bind(device);
    let asked = 0;
    device.createBuffer = (descriptor) => {
      const fails = (descriptor.usage & GPUBufferUsage.MAP_READ) !== 0 && asked++ < count;
      return create(fails ? { ...descriptor, size: device.limits.maxBufferSize + 4 } : descriptor);
    };
    return {
      asked: () => asked,
      restore: () => {
        device.createBuffer = create;
      },
    };
  }

  test('is asked for once more, with all free memory given back, and nothing sticks', async () => {
    const { guard } = await startBackend('webgpu');
    const gpu = webGpu();
    if (!gpu) throw new Error('This test needs WebGPU.');
    // Values that were uploaded and that were computed just now: nothing was submitted yet.
    const tensors = [placed(Float32Array.of(1, 2, 3), [3]), tf.tidy(() => tf.add(tf.scalar(5), 2))];
    tf.tidy(() => tf.mul(tf.ones([1 << 20]), 2));
    const free = () => gpu.bytes().allocated - gpu.bytes().used;
    expect(free()).toBeGreaterThan(1 << 20);
    const { asked, restore } = failReadBacks(gpu.device, 1);
    try {
      expect(await copyOut(tensors)).toEqual([Float32Array.of(1, 2, 3), Float32Array.of(7)]);
    } finally {
      restore();
    }
    expect(asked()).toBe(2);
    expect(free()).toBeLessThan(1 << 12);
    guard.check();
    tf.dispose(tensors);
  });

  test('a second time is said as out-of-memory, and leaves no buffer behind', async () => {
    const { guard } = await startBackend('webgpu');
    const gpu = webGpu();
    if (!gpu) throw new Error('This test needs WebGPU.');
    const tensor = tf.tensor1d([1, 2, 3]);
    await readValues(tensor);
    gpu.releaseFree();
    const before = gpu.bytes();
    const { asked, restore } = failReadBacks(gpu.device, 2);
    try {
      await expect(copyOut([tensor])).rejects.toMatchObject({ code: 'out-of-memory' });
    } finally {
      restore();
    }
    expect(asked()).toBe(2);
    expect(gpu.bytes().used).toBe(before.used);
    guard.check();
    expect(await readValues(tensor)).toEqual(Float32Array.of(1, 2, 3));
    tensor.dispose();
  });
});
