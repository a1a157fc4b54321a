import { expect, test } from 'vitest';
import { nearestRows } from '../../../src/core/baselines/nearest-rows';

const texts = ['how large is texas', 'how long is the river', 'what is the capital of texas', 'list rivers in ohio'];

test('the nearest first, by the words that are rare; at most as many as are asked for', () => {
  const [texas = [], river = []] = nearestRows(texts, ['the capital of texas please', 'the river'], 2);
  expect(texas).toEqual([2, 0]);
  expect(river[0]).toBe(1);
  expect(nearestRows(texts, ['is'], 1)[0]).toHaveLength(1);
});

test('what shares no word is not near, and of equally near ones the first comes first', () => {
  expect(nearestRows(texts, ['zebra', ''], 3)).toEqual([[], []]);
  expect(nearestRows(['same words', 'same words', 'other'], ['same words'], 3)).toEqual([[0, 1]]);
});
