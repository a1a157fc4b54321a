import { expect, test } from 'vitest';
import type { EncodedRows, RecipeCorpus } from '../../../../src/core/recipes/encoded-rows';
import { argmaxRows } from '../../../../src/core/metrics/probabilistic';
import { namesLearner } from '../../../../src/engine/tasks/classification/names-only';

/** The same two numbers in all three layers. */
const encoded = (vectors: [number, number][]): EncodedRows => ({
  means: {
    ...{ encoder: 'toy', hiddenSize: 2, layers: 3 },
    values: Float32Array.from(vectors.flatMap((vector) => [...vector, ...vector, ...vector])),
  },
  of: Int32Array.from(vectors.keys()),
});
const read = encoded([
  [1, 0.1],
  [0.2, 1],
  [1, -0.2],
  [0, 1],
]);
const names = encoded([
  [0, 1],
  [1, 0],
]);
const corpus: RecipeCorpus = {
  ...{ encoded: [read], texts: ['a', 'b', 'c', 'd'], classes: 2, names: [names] },
  // Wrong all through: nothing may be learned of them.
  labels: Int32Array.from([0, 1, 0, 1]),
  groups: Int32Array.from([0, 1, 2, 3]),
};
const task = { rows: Int32Array.from([0, 1]), fold: 0, part: '', epochs: null, keepWhenStopped: false, state: null };

test('a text gets the label whose name it is like; labels of rows are not looked at', async () => {
  const fit = await namesLearner(corpus).fit(task);
  const answers = await fit?.predict(Int32Array.from([3, 2, 1, 0]));
  expect([...argmaxRows(answers ?? new Float32Array(), 2)]).toEqual([0, 1, 0, 1]);
  expect(fit?.steps).toBe(0);
});

test('without names there is nothing to answer by', () => {
  expect(() => namesLearner({ ...corpus, names: [] }).fit(task)).toThrow('no names');
});
