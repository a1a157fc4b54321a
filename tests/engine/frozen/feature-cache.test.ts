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
import { padBatch } from '../../../src/core/text/batches';
import { normaliseRows } from '../../../src/engine/fit/rows';
import { Prefix } from '../../../src/engine/frozen/prefix';
import { forward } from '../../../src/engine/threads/forward';
import { CONTINUE, MemoryStates, MemoryStore, stopAfter, toyModel } from '../fit/toy';

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

async function read(
  tokenIds: Int32Array[],
  store: FeatureStore,
  modelSha256 = 'sha',
  encoder = model,
  prefix?: Prefix,
) {
  const counts: number[] = [];
  const log: string[] = [];
  const vectors = await cachedMeans({ config: encoder.config, place: () => encoder }, tokenIds, {
    store,
    modelSha256,
    prefix,
    pace: new Pace(CONTINUE),
    onTexts: (done) => counts.push(done),
    onLog: (message) => log.push(message),
  });
  return { vectors, counts, log };
}

test('the last of the means is the vector of the encoder, in order, to half precision', async () => {
  const { vectors } = await read(texts, new MemoryStore());
  const plain = await encodeTexts(model, texts, { pace: new Pace(CONTINUE) });
  for (const row of texts.keys()) {
    const last = normaliseRows(vectors?.slice(48 * row + 32, 48 * row + 48) ?? new Float32Array(), 16);
    last.forEach((value, j) => expect(Math.abs(value - (plain?.[16 * row + j] ?? NaN))).toBeLessThan(1e-3));
  }
});

test('the means before are those of the states before the last layers', async () => {
  const text = texts[7] ?? new Int32Array();
  const { vectors } = await read([text], new MemoryStore());
  for (const layer of [0, 1]) {
    const states = await forward(model, padBatch([text]), layer);
    for (let j = 0; j < 16; j++) {
      const mean = text.reduce((sum, _, token) => sum + (states[16 * token + j] ?? NaN), 0) / text.length;
      expect(vectors?.[16 * layer + j]).toBeCloseTo(mean, 2);
    }
  }
});

test('states are taken from the pass that reads the texts, the same as by themselves, and are not computed again', async () => {
  const rows = { distinct: { tokenIds: texts, of: Int32Array.from(texts.keys()) }, trainRows: Int32Array.of(0, 5, 9) };
  const help = (store: MemoryStates) => ({ store, modelSha256: 'sha', onLog: () => undefined });
  const [alone, passed] = [new Prefix(model, rows, 1), new Prefix(model, rows, 1)];
  const [own, others] = [new MemoryStates(), new MemoryStates()];
  await alone.prepare(new Pace(CONTINUE), () => undefined, help(own));
  await passed.open(help(others));
  const plain = await read(texts, new MemoryStore());
  const { vectors } = await read(texts, new MemoryStore(), 'sha', model, passed);
  expect(vectors).toEqual(plain.vectors);
  const told: number[] = [];
  const stopped = new Pace(stopAfter(0));
  // There is nothing left to do that a stop would keep it from.
  expect(await passed.prepare(stopped, (done) => void told.push(done), help(others))).toBe(true);
  expect(told).toEqual([texts.length]);
  expect(passed.lend()).toEqual(alone.lend());
  expect(others.blocks).toEqual(own.blocks);
});

test('a second run finds all of it, whatever the order of the rows', async () => {
  const store = new MemoryStore();
  const first = await read(texts, store);
  expect(first.counts[0]).toBe(0);
  const second = await read(texts.toReversed(), store);
  expect(second.counts).toEqual([texts.length]);
  const hidden = 3 * model.config.hiddenSize;
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
  store.kept.get(key)?.fill(0x7c00, 0, 1);
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
  expect(log).toEqual(['Vectors are not kept for the next run: The disk is full.']);
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
