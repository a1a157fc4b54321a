import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrainedModel } from '../../../../src/core/run/trained-model';
import { createRandom } from '../../../../src/core/random';
import { disposeWeights, readArrays } from '../../../../src/engine/models/weights';
import type { Model } from '../../../../src/engine/models/read-model';
import { predict, readHead } from '../../../../src/engine/tasks/classification/evaluate';
import { HEAD_BIAS, HEAD_WEIGHT } from '../../../../src/engine/tasks/classification/head';
import { startBackend } from '../../../helpers/tf-node';
import { tinyRows } from '../../../helpers/tiny-bert';
import { openOf, toyModel } from '../../fit/toy';

let model: Model;
let other: Model;
let base: TrainedModel;
let tuned: TrainedModel;
const texts = tinyRows(
  8,
  Array.from({ length: 40 }, (_, i) => 2 + (i % 30)),
);

beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel(5);
  other = toyModel(6);
  const random = createRandom(1);
  const head = { weight: Float32Array.from({ length: 32 }, random), bias: Float32Array.of(0, 0.1), normalised: true };
  base = { labels: ['a', 'b'], maxLength: 64, head, encoder: [] };
  const arrays = await readArrays(other.weights);
  tuned = { ...base, encoder: Array.from(arrays, ([name, array]) => ({ name, ...array })) };
});
afterAll(() => {
  disposeWeights(model.weights);
  disposeWeights(other.weights);
});

test('each model answers with its own encoder, and probabilities add up to 1', async () => {
  const before = tf.memory().numTensors;
  const predictor = openOf(model, [tuned, base]);
  const [a = new Float32Array(), b = new Float32Array()] = await predictor.predict(texts);
  predictor.dispose();
  expect(tf.memory().numTensors).toBe(before);
  // What an encoder as it came made of a text is rounded as runs keep it, what a changed one makes is not.
  const own = await predict(other, base, texts);
  a.forEach((value, i) => expect(Math.abs(value - (own[i] ?? NaN))).toBeLessThan(1e-3));
  expect(b).toEqual(await predict(model, base, texts));
  expect(a).not.toEqual(b);
  for (let row = 0; row < texts.length; row++) expect((a[2 * row] ?? 0) + (a[2 * row + 1] ?? 0)).toBeCloseTo(1, 6);
});

test('a text alone gets the answer it gets among others', async () => {
  const all = await predict(model, base, texts);
  const alone = await predict(model, base, texts.slice(7, 8));
  expect(alone[0]).toBeCloseTo(all[14] ?? NaN, 5);
  expect(await predict(model, base, [])).toHaveLength(0);
});

test('a signal stops a long file', async () => {
  const predictor = openOf(model, [base]);
  await expect(predictor.predict(texts, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  predictor.dispose();
});

test('weights of another encoder are refused and leave no tensor behind', () => {
  const before = tf.memory().numTensors;
  const wrong = { ...tuned, encoder: tuned.encoder.map((entry) => ({ ...entry, shape: [1, 2, 3] })) };
  expect(() => openOf(model, [wrong])).toThrow(/kept weights/);
  expect(tf.memory().numTensors).toBe(before);
});

test('the second of two models is refused: the first leaves no tensor behind either', () => {
  const before = tf.memory().numTensors;
  const wrong = { ...tuned, encoder: tuned.encoder.map((entry) => ({ ...entry, shape: [1, 2, 3] })) };
  expect(() => openOf(model, [tuned, wrong])).toThrow(/kept weights/);
  const short = { ...tuned, encoder: tuned.encoder.map((entry) => ({ ...entry, values: entry.values.slice(1) })) };
  expect(() => openOf(model, [tuned, short])).toThrow();
  expect(tf.memory().numTensors).toBe(before);
});

test('texts are told as they are answered, copies not twice, up to all of them', async () => {
  const told: number[] = [];
  const predictor = openOf(model, [tuned, base]);
  // Two passes over 20 different texts; each half of them is half done by a pass.
  await predictor.predict([...texts.slice(0, 20), ...texts.slice(0, 20)], { onTexts: (done) => told.push(done) });
  predictor.dispose();
  expect(told.at(-1)).toBe(20);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.some((done) => done > 0 && done <= 10)).toBe(true);
});

test('words of an encoder that nothing is asked of are not placed, and those of one that is go again', async () => {
  let placed = 0;
  const before = tf.memory().numTensors;
  const wordsOf = (): never => {
    placed++;
    throw new Error('placed');
  };
  const nobody = openOf(model, [], wordsOf);
  expect(await nobody.predict(texts.slice(0, 2))).toEqual([]);
  expect(placed).toBe(0);
  const asked = openOf(model, [base], wordsOf);
  await expect(asked.predict(texts.slice(0, 2))).rejects.toThrow('placed');
  expect(placed).toBe(1);
  expect(tf.memory().numTensors).toBe(before);
});

test('a message that comes while texts are answered gets through', async () => {
  const abort = new AbortController();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => abort.abort();
  port2.postMessage(null);
  const predictor = openOf(model, [base]);
  await expect(predictor.predict(texts, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  predictor.dispose();
  port1.close();
});

test('a single text is told as one; of more than a thousand each has its own answer', async () => {
  const told: number[] = [];
  const predictor = openOf(model, [base]);
  await predictor.predict(texts.slice(0, 1), { onTexts: (done) => told.push(done) });
  expect(told).toEqual([1]);
  const many = Array.from({ length: 1030 }, (_, i) => Int32Array.of(1, 3 + (i % 36), 3 + Math.floor(i / 36), 2));
  const [all = new Float32Array()] = await predictor.predict(many);
  const [last = new Float32Array()] = await predictor.predict(many.slice(1025));
  predictor.dispose();
  expect(all).toHaveLength(2 * 1030);
  last.forEach((value, i) => expect(all[2 * 1025 + i]).toBeCloseTo(value, 4));
});

test('a head is read as one row a class', async () => {
  const weights = new Map<string, tf.Tensor>([
    [HEAD_WEIGHT, tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2])],
    [HEAD_BIAS, tf.tensor1d([7, 8])],
  ]);
  expect(await readHead(weights)).toEqual({
    weight: Float32Array.of(1, 3, 5, 2, 4, 6),
    bias: Float32Array.of(7, 8),
    normalised: false,
  });
  disposeWeights(weights);
});
