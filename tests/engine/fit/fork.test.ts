import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random';
import { adapterNames, adapterSize, createAdapter } from '../../../src/engine/adapters/adapter';
import { AdamW } from '../../../src/engine/optim/adamw';
import { trainableNames } from '../../../src/engine/models/bert/config';
import { bert } from '../../../src/engine/models/bert/family';
import { disposeWeights, parameter, readArrays } from '../../../src/engine/models/weights';
import { Fork, forkOf } from '../../../src/engine/fit/fork';
import { startBackend } from '../../helpers/tf-node';
import { tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';

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
    expect((await fork.encoder(bert))[0]?.values[0]).toBe(9);
    expect((await readArrays(model, [NAME])).get(NAME)?.values).toEqual(original);
    fork.restore(saved);
    expect((await fork.encoder(bert))[0]?.values).toEqual(original);
    expect(fork.parameterCount).toBe(16);
    fork.dispose();
    expect(tf.memory().numTensors).toBe(loaded);
    expect(parameter(model, NAME).isDisposed).toBe(false);
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

test('a reset brings back the values it began with, in its own tensors, and takes a new head over', async () => {
  const before = tf.memory().numTensors;
  const model = tinyWeights(1);
  const original = (await readArrays(model, [NAME])).get(NAME)?.values;
  const fork = new Fork(model, [NAME], new Map([['head', tf.tensor1d([1])]]));
  fork.restore(
    new Map([
      [NAME, { shape: [16], values: new Float32Array(16).fill(9) }],
      ['head', { shape: [1], values: Float32Array.of(7) }],
    ]),
  );
  fork.reset(new Map([['head', tf.tensor1d([2])]]));
  const arrays = await fork.read();
  expect(arrays.get(NAME)?.values).toEqual(original);
  expect(arrays.get('head')?.values).toEqual(Float32Array.of(2));
  fork.dispose();
  expect(parameter(model, NAME).isDisposed).toBe(false);
  disposeWeights(model);
  expect(tf.memory().numTensors).toBe(before);
});

test('a kept model has the names of files, and comes back as it was', async () => {
  const [model, other] = [tinyWeights(1), tinyWeights(2)];
  const names = trainableNames(tinyConfig, { layers: 1, embeddings: false });
  const trained = new Fork(model, names);
  const kept = await trained.encoder(bert);
  const layer = 'encoder.layer.1.attention.self';
  expect(kept.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['query', 'key', 'value'].map((part) => `${layer}.${part}.weight`)),
  );
  expect(kept.some(({ name }) => name.includes('qkv'))).toBe(false);
  expect(kept.find(({ name }) => name === `${layer}.key.weight`)?.shape).toEqual([16, 16]);
  expect(kept.find(({ name }) => name === `${layer}.key.bias`)?.shape).toEqual([16]);

  const fork = forkOf(tinyEncoder(other), { encoder: kept });
  expect(await fork.read()).toEqual(await readArrays(model, fork.names));
  expect(new Set(fork.names)).toEqual(new Set(names));
  const withoutKey = kept.filter(({ name }) => !name.endsWith('key.bias'));
  expect(() => forkOf(tinyEncoder(other), { encoder: withoutKey })).toThrow(
    expect.objectContaining({ code: 'model-damaged' }),
  );
  fork.dispose();
  trained.dispose();
  disposeWeights(model);
  disposeWeights(other);
});

test('a kept adapter has the names of PEFT and nothing of the encoder, and comes back on the encoder that it was made for', async () => {
  await startBackend('wasm');
  const before = tf.memory().numTensors;
  const model = tinyWeights(1);
  const lora = { rank: 3, alpha: 6, dropout: 0, targetModules: ['query', 'dense'], rankStabilized: false };
  const modules = bert.linearModules(tinyConfig);
  const names = adapterNames(modules, lora);
  const trained = new Fork(
    model,
    [],
    new Map([...createAdapter(modules, lora, createRandom(1)), ['head', tf.tensor1d([1])]]),
    lora,
  );
  expect(trained.trainable).toEqual([...names, 'head']);
  expect(trained.names).toEqual(names);
  expect(trained.parameterCount).toBe(adapterSize(modules, lora) + 1);
  const kept = await trained.encoder(bert);
  expect(kept.map(({ name }) => name)).toEqual(names);

  const fork = forkOf(tinyEncoder(model), { encoder: kept, lora });
  expect(fork.lora).toEqual(lora);
  expect(await fork.read()).toEqual(await readArrays(trained.weights, names));
  const damaged = expect.objectContaining({ code: 'model-damaged' });
  expect(() => forkOf(tinyEncoder(model), { encoder: kept.slice(1), lora })).toThrow(damaged);
  expect(() => forkOf(tinyEncoder(model), { encoder: kept, lora: { ...lora, rank: 4 } })).toThrow(damaged);
  // Without what it was made with nobody could say how it is scaled.
  expect(() => forkOf(tinyEncoder(model), { encoder: kept })).toThrow(damaged);
  fork.dispose();
  trained.dispose();
  expect(parameter(model, NAME).isDisposed).toBe(false);
  disposeWeights(model);
  expect(tf.memory().numTensors).toBe(before);
});
