import { expect, test } from 'vitest';
import { learnedTokens, predictionsOf } from '../../../../src/engine/tasks/generation/loss';

const example = (ids: number[], trained: number[]) => ({
  ids: Int32Array.from(ids),
  trained: Uint8Array.from(trained),
});

test('each learned token is predicted by the state before it; the first of a text is not, since nothing stands before it', () => {
  const examples = [example([11, 12, 13, 14], [1, 1, 0, 1]), example([21, 22, 23], [0, 0, 1])];
  const { batch, rows, labels, counts } = predictionsOf(examples);
  expect([...rows]).toEqual([0, 2, batch.tokens + 1]);
  expect([...labels]).toEqual([12, 14, 23]);
  expect([...counts]).toEqual([2, 1]);
  expect(examples.map(learnedTokens)).toEqual([2, 1]);
});
