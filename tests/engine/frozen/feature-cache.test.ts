import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { FeatureStore } from '../../../src/core/run/experiment';
import { disposeWeights, writeArrays } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { encodeTexts } from '../../../src/engine/frozen/encode-texts';
import { cachedMeans } from '../../../src/engine/frozen/feature-cache';
import { Pace } from '../../../src/engine/fit/pace';
import { startBackend } from '../../helpers/tf-node';
import { tinyRows } from '../../helpers/tiny-bert';
import { CONTINUE, MemoryStore, stopAfter, toyModel } from '../fit/toy';

let model: Model;
const texts = tinyRows(
  3,
  Array.from({ length: 300 }, (_, i) => 3 + (i % 20)),
);

beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

async function read(tokenIds: Int32Array[], store: FeatureStore, modelSha256 = 'sha', encoder = model) {
  const counts: number[] = [];
  const log: string[] = [];
  const vectors = await cachedMeans({ config: encoder.config, place: () => encoder }, tokenIds, {
    store,
    modelSha256,
    pace: new Pace(CONTINUE),
    onTexts: (done) => counts.push(done),
    onLog: (message) => log.push(message),
  });
  return { vectors, counts, log };
}

test('vectors are those of the encoder, in order, of length 1', async () => {
  const { vectors } = await read(texts, new MemoryStore());
  const plain = await encodeTexts(model, texts, { pace: new Pace(CONTINUE) });
  vectors?.forEach((value, i) => expect(Math.abs(value - (plain?.[i] ?? NaN))).toBeLessThan(1e-5));
  const first = vectors?.subarray(0, model.config.hiddenSize) ?? new Float32Array();
  expect(Math.hypot(...first)).toBeCloseTo(1, 5);
});

test('a second run finds all of it, whatever the order of the rows', async () => {
  const store = new MemoryStore();
  const first = await read(texts, store);
  expect(first.counts[0]).toBe(0);
  const second = await read(texts.toReversed(), store);
  expect(second.counts).toEqual([texts.length]);
  const hidden = model.config.hiddenSize;
  expect(second.vectors?.subarray(-hidden)).toEqual(first.vectors?.subarray(0, hidden));
});

test('a changed row costs its own bucket, not the whole set', async () => {
  const store = new MemoryStore();
  await read(texts, store);
  const { counts } = await read([Int32Array.from([1, 2, 3, 4]), ...texts.slice(1)], store);
  expect(counts[0]).toBeGreaterThan(texts.length / 3);
  expect(counts.at(-1)).toBe(texts.length);
});

test('another model finds nothing', async () => {
  const store = new MemoryStore();
  await read(texts, store);
  expect((await read(texts, store, 'other')).counts[0]).toBe(0);
});

test('what is not finite is not kept, and is computed again where it was', async () => {
  const broken = toyModel();
  const name = 'embeddings.LayerNorm.bias';
  writeArrays(broken.weights, new Map([[name, { shape: [16], values: new Float32Array(16).fill(NaN) }]]));
  const store = new MemoryStore();
  const { vectors } = await read(texts, store, 'sha', broken);
  expect(vectors?.every(Number.isNaN)).toBe(true);
  expect(store.kept.size).toBe(0);
  disposeWeights(broken.weights);

  const sound = await read(texts, store);
  const [key = ''] = store.kept.keys();
  store.kept.get(key)?.fill(Infinity, 0, 1);
  const again = await read(texts, store);
  expect(again.counts[0]).toBeLessThan(texts.length);
  expect(again.vectors).toEqual(sound.vectors);
});

test('a full store is said once and does not stop the run', async () => {
  const full: FeatureStore = {
    get: () => Promise.resolve(null),
    put: () => Promise.reject(new AppError('storage-full', 'The disk is full.')),
  };
  const { vectors, log } = await read(texts, full);
  expect(vectors).not.toBeNull();
  expect(log).toEqual(['Sentence vectors are not kept for the next run: The disk is full.']);
});

test('a stop gives no vectors and leaves no tensor behind', async () => {
  const before = tf.memory().numTensors;
  const options = { store: new MemoryStore(), modelSha256: 'sha', onTexts: () => undefined, onLog: () => undefined };
  expect(
    await cachedMeans({ config: model.config, place: () => model }, texts, {
      ...options,
      pace: new Pace(stopAfter(1)),
    }),
  ).toBeNull();
  expect(tf.memory().numTensors).toBe(before);
});
