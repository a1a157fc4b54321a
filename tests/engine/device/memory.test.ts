/** What a long run on WebGPU holds: on a software driver, a tiny model over batches of mixed lengths. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRandom, deriveSeed } from '../../../src/core/random';
import { deviceBytes, webGpu } from '../../../src/engine/device/gpu';
import { readAll, readValues } from '../../../src/engine/device/read';
import { trainableNames } from '../../../src/engine/models/bert/config';
import { encode } from '../../../src/engine/models/bert/modeling';
import { disposeWeights, readArrays } from '../../../src/engine/models/bert/weights';
import { applyHead, createHead, HEAD_NAMES } from '../../../src/engine/models/head';
import { crossEntropy } from '../../../src/engine/ops/cross-entropy';
import { AdamW } from '../../../src/engine/optim/adamw';
import { optimizerStep } from '../../../src/engine/train/step';
import { startBackend } from '../../helpers/tf-node';
import { tinyBatch, tinyConfig, tinyWeights } from '../../helpers/tiny-bert';

beforeAll(() => startBackend('webgpu'));

describe('many steps of mixed lengths', () => {
  test('after 100 steps no more bytes are held and no more tensors live, whatever comes', async () => {
    const weights = tinyWeights(1);
    for (const [name, tensor] of createHead(tinyConfig.hiddenSize, 3, createRandom(1))) weights.set(name, tensor);
    const optimizer = new AdamW({ weightDecay: 0.01 });
    const trainable = [...trainableNames(tinyConfig, { layers: tinyConfig.layers, embeddings: false }), ...HEAD_NAMES];
    const random = createRandom(7);
    const tensors: number[] = [];
    const peaks: number[] = [];
    for (let step = 0; step < 400; step++) {
      // Buckets of 8 to 48 tokens; every tenth batch is a last one, with fewer rows.
      const rows = step % 10 === 9 ? 1 + Math.floor(random() * 5) : 6;
      const longest = 1 + Math.floor(random() * 48);
      const lengths = Array.from({ length: rows }, () => 1 + Math.floor(random() * longest));
      const batch = tinyBatch(deriveSeed(1, step), lengths);
      const labels = Int32Array.from(lengths, (_, row) => row % 3);
      webGpu()?.resetPeak();
      await optimizerStep({
        weights,
        trainable,
        losses: [() => crossEntropy(applyHead(weights, encode(tinyConfig, weights, batch)), labels)],
        optimizer,
        learningRate: () => 1e-4,
        maxGradNorm: 1,
      });
      tensors.push(tf.memory().numTensors);
      peaks.push(deviceBytes()?.peak ?? NaN);
    }
    expect(new Set(tensors).size).toBe(1);
    const [early, late] = [Math.max(...peaks.slice(0, 100)), Math.max(...peaks.slice(100))];
    expect(late).toBeLessThanOrEqual(1.01 * early);
    // Not because nothing was ever taken again: a single step makes several times its lasting tensors.
    expect(deviceBytes()?.used).toBeLessThan(early);
    optimizer.dispose();
    disposeWeights(weights);
  }, 300_000);
});

describe('reading back', () => {
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
});

test('a copy has the same bits and stays when the original is changed', async () => {
  const gpu = webGpu();
  const original = tf.tensor1d([1e-40, -0, 3]);
  const copy = gpu?.copy(original) ?? tf.zeros([0]);
  expect(await readValues(copy)).toEqual(Float32Array.of(1e-40, -0, 3));
  const optimizer = new AdamW({ weightDecay: 0 });
  const gradient = tf.ones([3]);
  optimizer.update(new Map([['x', original]]), new Map([['x', gradient]]), { learningRate: () => 1, scale: 1 });
  expect((await readValues(original))[2]).toBeCloseTo(2, 5);
  expect((await readArrays(new Map([['x', copy]]))).get('x')?.values[2]).toBe(3);
  optimizer.dispose();
  tf.dispose([original, copy, gradient]);
});

test('buffers of tensors that were disposed between two submits are taken again at once', async () => {
  const gpu = webGpu();
  if (!gpu) throw new Error('This test needs WebGPU.');
  const before = gpu.bytes();
  let x = gpu.copy(tf.ones([100_000]));
  for (let i = 0; i < 10; i++) {
    const next = gpu.copy(x);
    x.dispose();
    x = next;
  }
  expect(gpu.bytes().allocated - before.allocated).toBeLessThan(4 * 400_000 * 1.13);
  expect((await readValues(x)).every((value) => value === 1)).toBe(true);
  x.dispose();
});
