import { expect, test } from 'vitest';
import { stepBytes } from '../../../src/core/models/counts';
import { bertCounts } from '../../../src/engine/models/bert/counts';

const MINILM = bertCounts({
  vocabSize: 30_522,
  hiddenSize: 384,
  layers: 6,
  heads: 12,
  intermediateSize: 1536,
  maxPositions: 512,
  typeVocabSize: 2,
  layerNormEps: 1e-12,
});

test('the parameters of all-MiniLM-L6-v2 come to the 22.6 million of its card, its pooler left out', () => {
  expect(MINILM.embeddingParameters + 6 * MINILM.layerParameters).toBe(22_565_376);
});

test('a layer on one text of one token is twice its weights and the two products of attention', () => {
  const weights = 4 * 384 * 384 + 2 * 384 * 1536;
  expect(MINILM.layerFlops({ batch: 1, tokens: 1 })).toBe(2 * weights + 4 * 384);
});

test('twice the rows are twice the activations; twice the tokens are more, by the probabilities of attention', () => {
  const once = MINILM.layerActivations({ batch: 2, tokens: 8 });
  expect(MINILM.layerActivations({ batch: 4, tokens: 8 })).toBe(2 * once);
  expect(MINILM.layerActivations({ batch: 2, tokens: 16 })).toBe(2 * once + 2 * 12 * (16 * 16 - 2 * 8 * 8));
});

test('frozen layers cost their weights and nothing else', () => {
  const shape = { batch: 16, tokens: 64 };
  const [all, one, none] = [6, 1, 0].map((trained) => stepBytes(MINILM, shape, trained));
  expect([all?.weights, one?.weights]).toEqual([none?.weights, none?.weights]);
  expect(one?.moments).toBe(2 * (one?.gradients ?? NaN));
  expect(all?.gradients).toBe(6 * (one?.gradients ?? NaN));
  expect(none?.gradients).toBe(0);
});
