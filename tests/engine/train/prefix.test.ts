import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { padBatch } from '../../../src/core/text/batches';
import { meanPool, parameter, runLayers } from '../../../src/engine/models/bert/modeling';
import { disposeWeights, type BertModel } from '../../../src/engine/models/bert/weights';
import { gradientsOf } from '../../../src/engine/ops/gradients';
import { createCorpus } from '../../../src/engine/train/corpus';
import { Pace } from '../../../src/engine/train/pace';
import { Prefix } from '../../../src/engine/train/prefix';
import { startBackend } from '../../helpers/tf-node';
import { CONTINUE, MemoryStore, stopAfter, toyData, toyModel } from './toy';

let model: BertModel;
const corpus = createCorpus(toyData(40), null);

beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

/** Pooled output of the layers above the prefix. */
async function pooled(prefix: Prefix, rows: number[]): Promise<Float32Array> {
  const { config, weights } = model;
  const batch = padBatch(rows.map((row) => corpus.tokenIds[row] ?? new Int32Array()));
  const result = tf.tidy(() => {
    const hidden = prefix.hidden(rows, batch, weights);
    return meanPool(runLayers(config, weights, hidden, batch, prefix.from, config.layers), batch);
  });
  const values = await result.data<'float32'>();
  result.dispose();
  return values;
}

test('layers over the kept states give what the whole model gives, in a padded batch and alone', async () => {
  const kept = new Prefix(model, corpus, 1);
  const texts: number[] = [];
  expect(await kept.prepare(new Pace(CONTINUE), (done) => texts.push(done))).toBe(true);
  expect(texts.at(-1)).toBe(corpus.distinct.tokenIds.length);
  const whole = new Prefix(model, corpus, 0);
  for (const rows of [[3], [0, 7, 21, 39]]) {
    const [a, b] = [await pooled(kept, rows), await pooled(whole, rows)];
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? NaN, 5));
  }
});

test('a later run finds the states in the store, to the bit, and computes only what is not there', async () => {
  const store = new MemoryStore();
  const help = { store, modelSha256: 'toy', onLog: () => undefined };
  const first = new Prefix(model, corpus, 1);
  await first.prepare(new Pace(CONTINUE), () => undefined, help);
  const expected = await pooled(first, [0, 7, 21, 39]);
  expect(store.kept.size).toBeGreaterThan(0);

  const found = new Prefix(model, corpus, 1);
  const control = stopAfter(Infinity);
  await found.prepare(new Pace(control), () => undefined, help);
  expect(control.looks()).toBe(0);
  expect(await pooled(found, [0, 7, 21, 39])).toEqual(expected);

  const [key, values] = [...store.kept][0] ?? ['', new Float32Array()];
  store.kept.set(key, values.slice(1));
  const damaged = new Prefix(model, corpus, 1);
  await damaged.prepare(new Pace(control), () => undefined, help);
  expect(control.looks()).toBeGreaterThan(0);
  expect(await pooled(damaged, [0, 7, 21, 39])).toEqual(expected);
  expect(store.kept.get(key)).toEqual(values);
});

test('another model, another layer or another backend finds nothing of these', async () => {
  const store = new MemoryStore();
  const prepare = async (modelSha256: string, from: number): Promise<void> => {
    const help = { store, modelSha256, onLog: () => undefined };
    await new Prefix(model, corpus, from).prepare(new Pace(CONTINUE), () => undefined, help);
  };
  await prepare('toy', 1);
  const buckets = store.kept.size;
  await prepare('other', 1);
  expect(store.kept.size).toBe(2 * buckets);
  await prepare('toy', 2);
  expect(store.kept.size).toBe(3 * buckets);
  expect([...store.kept.keys()].every((key) => key.includes('/wasm/'))).toBe(true);
});

test('what a full store refuses is said once, and the run has its states all the same', async () => {
  const log: string[] = [];
  const full = {
    get: () => Promise.resolve(null),
    put: () => Promise.reject(new AppError('storage-full', 'The disk is full.')),
  };
  const many = createCorpus(toyData(200), null);
  const prefix = new Prefix(model, many, 1);
  const help = { store: full, modelSha256: 'toy', onLog: (message: string) => void log.push(message) };
  expect(await prefix.prepare(new Pace(CONTINUE), () => undefined, help)).toBe(true);
  expect(log).toEqual(['Outputs of the frozen layers are not kept for the next run: The disk is full.']);
});

test('where only half the room is there they are kept in half precision, which is said, and is near', async () => {
  const bytes = corpus.distinct.tokenIds.reduce((sum, ids) => sum + ids.length, 0) * model.config.hiddenSize * 4;
  const log: string[] = [];
  const store = new MemoryStore();
  const help = { store, modelSha256: 'toy', onLog: (message: string) => void log.push(message) };
  const half = new Prefix(model, corpus, 1, bytes - 1);
  const texts: number[] = [];
  await half.prepare(new Pace(CONTINUE), (done) => texts.push(done), help);
  expect(texts.at(-1)).toBe(corpus.distinct.tokenIds.length);
  expect(log.join()).toMatch(/half precision/);
  expect(store.kept.size).toBe(0);
  const whole = new Prefix(model, corpus, 1, bytes);
  await whole.prepare(new Pace(CONTINUE), () => undefined);
  const [a, b] = [await pooled(half, [0, 7, 21]), await pooled(whole, [0, 7, 21])];
  expect(a).not.toEqual(b);
  a.forEach((value, i) => expect(Math.abs(value - (b[i] ?? NaN))).toBeLessThan(0.01));
});

test('states that do not fit are computed for each batch', async () => {
  const small = new Prefix(model, corpus, 1, 100);
  const texts: number[] = [];
  expect(await small.prepare(new Pace(CONTINUE), (done) => texts.push(done))).toBe(true);
  expect(texts).toEqual([]);
  const kept = new Prefix(model, corpus, 1);
  await kept.prepare(new Pace(CONTINUE), () => undefined);
  const [a, b] = [await pooled(small, [5, 6]), await pooled(kept, [5, 6])];
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? NaN, 5));
});

test('a stop is passed on', async () => {
  expect(await new Prefix(model, corpus, 1).prepare(new Pace(stopAfter(0)), () => undefined)).toBe(false);
});

test('frozen layers that are computed for every batch hold nothing for a gradient', () => {
  const { config, weights } = model;
  const prefix = new Prefix(model, corpus, 1, 0);
  const rows = [0, 7, 21];
  const batch = padBatch(rows.map((row) => corpus.tokenIds[row] ?? new Int32Array()));
  const trained = parameter(weights, `encoder.layer.${config.layers - 1}.output.LayerNorm.bias`);
  let held = 0;
  const { value, gradients } = gradientsOf(
    () => {
      const before = tf.memory().numTensors;
      const hidden = tf.tidy(() => prefix.hidden(rows, batch, weights));
      held = tf.memory().numTensors - before;
      return meanPool(runLayers(config, weights, hidden, batch, 1, config.layers), batch);
    },
    [trained],
    tf.ones([rows.length, config.hiddenSize]),
  );
  tf.dispose([value, ...gradients.flatMap((gradient) => gradient ?? [])]);
  expect(gradients).toHaveLength(1);
  expect(held).toBe(1);
});
