import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { readAll, readValues } from '../../../src/engine/device/read';
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

  test('goes in several pieces where there is much', async () => {
    const tensors = Array.from({ length: 5 }, (_, i) => tf.fill([2 ** 21], i));
    const read = await readAll(tensors);
    read.forEach((values, i) => expect([values.length, values[0], values.at(-1)]).toEqual([2 ** 21, i, i]));
    tf.dispose(tensors);
  });
});
