import { expect, test } from 'vitest';
import { Pace } from '../../../../src/engine/fit/pace';
import type { Classifier } from '../../../../src/engine/tasks/classification/classifier';
import { createCorpus } from '../../../../src/engine/tasks/classification/corpus';
import { readValidation, watchedRows } from '../../../../src/engine/tasks/classification/validation';
import { CONTINUE, toyData } from '../../fit/toy';

// Labels 0, 1, 2, 0, 1, 2.
const corpus = createCorpus(toyData(6), null);
const answering = (answers: Float32Array | null) =>
  ({ predict: () => Promise.resolve(answers) }) as unknown as Classifier;

test('the loss is the mean of −ln p with the weights of the labels, and the figures are of the surest answers', async () => {
  const answers = Float32Array.of(0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.5, 0.25, 0.25);
  const rows = Int32Array.of(3, 1, 2);
  const look = (weights: Float32Array | null) =>
    readValidation(answering(answers), corpus, rows, weights, new Pace(CONTINUE));
  const plain = await look(null);
  expect(plain?.validLoss).toBeCloseTo((2 * Math.log(2) + Math.log(4)) / 3, 6);
  expect(plain?.metrics).toMatchObject({ accuracy: 2 / 3 });
  const weighed = await look(Float32Array.of(1, 2, 4));
  expect(weighed?.validLoss).toBeCloseTo((1 * Math.log(2) + 2 * Math.log(2) + 4 * Math.log(4)) / 7, 6);
});

test('a probability of nothing is a large loss, not an endless one; a stop gives none', async () => {
  const rows = Int32Array.of(0);
  const hopeless = await readValidation(answering(Float32Array.of(0, 1, 0)), corpus, rows, null, new Pace(CONTINUE));
  expect(hopeless?.validLoss).toBeCloseTo(30 * Math.log(10), 3);
  expect(await readValidation(answering(null), corpus, rows, null, new Pace(CONTINUE))).toBeNull();
});

test('of many rows five hundred are looked at, spread evenly', () => {
  const few = Int32Array.from({ length: 500 }, (_, i) => i);
  expect(watchedRows(few)).toBe(few);
  const many = watchedRows(Int32Array.from({ length: 1000 }, (_, i) => 3 * i));
  expect(Array.from(many)).toEqual(Array.from({ length: 500 }, (_, i) => 6 * i));
});
