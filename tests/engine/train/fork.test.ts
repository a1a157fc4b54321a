import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { disposeWeights, readArrays } from '../../../src/engine/models/bert/weights';
import { Fork } from '../../../src/engine/train/fork';
import { startBackend } from '../../helpers/tf-node';
import { tinyWeights } from '../../helpers/tiny-bert';

beforeAll(() => startBackend('wasm'));

const NAME = 'encoder.layer.1.output.dense.bias';

test('changing a fork leaves the model as it was, restoring brings values back, and disposing gives all tensors back', async () => {
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
});
