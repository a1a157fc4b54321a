import { expect, test } from 'vitest';
import { createCorpus, labelsOf } from '../../../../src/engine/tasks/classification/corpus';
import { toyData } from '../../fit/toy';

test('training rows come first, test rows after, and labels of the test part are not there', () => {
  const corpus = createCorpus(toyData(6), toyData(4, 2));
  expect([...corpus.trainRows]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...corpus.testRows]).toEqual([6, 7, 8, 9]);
  expect(corpus.tokenIds).toHaveLength(10);
  expect(corpus.labelIndices).toHaveLength(6);
  expect([...labelsOf(corpus, Int32Array.of(4, 0))]).toEqual([1, 0]);
});
