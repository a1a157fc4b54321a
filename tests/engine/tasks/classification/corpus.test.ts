import { expect, test } from 'vitest';
import { createCorpus, labelsOf, partOf, trainingIds } from '../../../../src/engine/tasks/classification/corpus';
import { toyData } from '../../fit/toy';

test('training rows come first, test rows after, and labels of the test part are not there', () => {
  const corpus = createCorpus(toyData(6), toyData(4, 2));
  expect([...corpus.trainRows]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...corpus.testRows]).toEqual([6, 7, 8, 9]);
  expect(corpus.tokenIds).toHaveLength(10);
  expect(corpus.labelIndices).toHaveLength(6);
  expect([...labelsOf(corpus, Int32Array.of(4, 0))]).toEqual([1, 0]);
});

test('training reads the text, or another copy with noise in every pass, from the first again after the last', () => {
  const data = toyData(3);
  const copyOf = (row: number, copy: number) => Int32Array.of(1, 10 * row + copy, 2);
  const words = data.tokenIds.map((_, row) => [copyOf(row, 0), copyOf(row, 1)]);
  const corpus = createCorpus({ ...data, noisy: { words } }, null);
  expect(trainingIds(corpus, 'none', 1)(2)).toBe(data.tokenIds[2]);
  expect([0, 1, 2, 3].map((pass) => trainingIds(corpus, 'words', pass)(2))).toEqual(
    [20, 21, 20, 21].map((id) => Int32Array.of(1, id, 2)),
  );
  expect(() => trainingIds(corpus, 'letters', 0)).toThrow('letters');
  // Texts of a part are timed as they are.
  expect(() => trainingIds(partOf(corpus, [1]), 'words', 0)).toThrow('words');
});
