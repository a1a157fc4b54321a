import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { AdamW } from '../../../src/engine/optim/adamw';
import { disposeWeights, readArrays } from '../../../src/engine/models/bert/weights';
import { Fork } from '../../../src/engine/train/fork';
import { startBackend } from '../../helpers/tf-node';
import { tinyWeights } from '../../helpers/tiny-bert';

const BACKENDS = ['wasm', 'webgpu'] as const;

const NAME = 'encoder.layer.1.output.dense.bias';

test.each(BACKENDS)(
  '%s: changing a fork leaves the model as it was, restoring brings values back, and disposing gives all tensors back',
  async (backend) => {
    await startBackend(backend);
    const before = tf.memory().numTensors;
    const model = tinyWeights(1);
    const original = (await readArrays(model, [NAME])).get(NAME)?.values;
    const loaded = tf.memory().numTensors;
    const fork = new Fork(model, [NAME]);
    const saved = await fork.read();
    fork.restore(new Map([[NAME, { shape: [16], values: new Float32Array(16).fill(9) }]]));
    expect((await fork.encoder())[0]?.values[0]).toBe(9);
    expect((await readArrays(model, [NAME])).get(NAME)?.values).toEqual(original);
    fork.restore(saved);
    expect((await fork.encoder())[0]?.values).toEqual(original);
    expect(fork.parameterCount).toBe(16);
    fork.dispose();
    expect(tf.memory().numTensors).toBe(loaded);
    expect(model.get(NAME)?.isDisposed).toBe(false);
    disposeWeights(model);
    expect(tf.memory().numTensors).toBe(before);
  },
);

test.each(BACKENDS)('%s: training a fork leaves the model as it was', async (backend) => {
  await startBackend(backend);
  const model = tinyWeights(1);
  const original = await readArrays(model);
  const fork = new Fork(model, [NAME]);
  const optimizer = new AdamW({ weightDecay: 0 });
  const gradient = tf.ones([16]);
  optimizer.update(fork.weights, new Map([[NAME, gradient]]), { learningRate: () => 0.1, scale: 1 });
  const trained = (await fork.read()).get(NAME)?.values;
  trained?.forEach((value, i) => expect(value).toBeCloseTo((original.get(NAME)?.values[i] ?? NaN) - 0.1, 6));
  expect(trained).toHaveLength(16);
  expect(await readArrays(model)).toEqual(original);
  gradient.dispose();
  optimizer.dispose();
  fork.dispose();
  disposeWeights(model);
});
