import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { padBatch } from '../../../src/core/text/batches';
import { meanPool, runLayers } from '../../../src/engine/models/bert/modeling';
import { disposeWeights, type BertModel } from '../../../src/engine/models/bert/weights';
import { createCorpus } from '../../../src/engine/train/corpus';
import { Pace } from '../../../src/engine/train/pace';
import { Prefix } from '../../../src/engine/train/prefix';
import { startBackend } from '../../helpers/tf-node';
import { CONTINUE, stopAfter, toyData, toyModel } from './toy';

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
