import { expect, test } from 'vitest';
import { factsOf } from '../../../src/core/settings/facts';
import { tallyTokens } from '../../../src/core/text/token-tally';

const labels = [
  { label: 'a', count: 80 },
  { label: 'b', count: 20 },
];
const input = {
  backend: 'wasm' as const,
  evaluation: { folds: 5, test: { kind: 'none' as const } },
  limit: 0,
  model: { layers: 6, maxTokens: 256 },
};

test('facts count rows, labels and tokens', () => {
  const lengths = tallyTokens(Int32Array.from({ length: 100 }, (_, i) => i + 1));
  const facts = factsOf({ rowCount: 100, labels }, lengths, input);
  expect(facts).toMatchObject({ rows: 100, labels: 2, smallestLabel: 20, imbalance: 4 });
  expect(facts.tokens).toMatchObject({ median: 51, p95: 96, max: 100 });
  expect(facts.tokens.shareOver(90)).toBeCloseTo(0.1);
  expect(facts.tokens.shareOver(100)).toBe(0);
});

test('rows held out for the test part do not count as training rows', () => {
  const facts = factsOf({ rowCount: 100, labels }, null, {
    ...input,
    evaluation: { folds: 5, test: { kind: 'hold-out', share: 0.2 } },
  });
  expect(facts).toMatchObject({ rows: 80, smallestLabel: 16 });
});

test('a limit scales the rows; their lengths are those of all, of which it is a random sample', () => {
  const lengths = tallyTokens(Int32Array.from({ length: 100 }, (_, i) => i + 1));
  const facts = factsOf({ rowCount: 100, labels }, lengths, { ...input, limit: 40 });
  expect(facts.rows).toBe(40);
  expect(facts.tokens).toMatchObject({ median: 51, max: 100 });
});

test('unknown token counts read as rows at the model’s limit', () => {
  expect(factsOf({ rowCount: 100, labels }, null, input).tokens.median).toBe(256);
});

test('what is no whole number: rows to the nearest, the smallest label down, and it has a row at least', () => {
  const thirds = { ...input, evaluation: { folds: 3, test: { kind: 'hold-out' as const, share: 1 / 3 } } };
  expect(factsOf({ rowCount: 100, labels }, null, thirds)).toMatchObject({ rows: 67, smallestLabel: 13, folds: 3 });
  const rare = [
    { label: 'a', count: 99 },
    { label: 'b', count: 1 },
  ];
  expect(factsOf({ rowCount: 100, labels: rare }, null, { ...input, limit: 1 })).toMatchObject({
    rows: 1,
    smallestLabel: 1,
    imbalance: 99,
  });
});

test('a set without rows or labels has facts too', () => {
  const facts = factsOf({ rowCount: 0, labels: [] }, tallyTokens([]), input);
  expect(facts).toMatchObject({
    rows: 0,
    labels: 0,
    smallestLabel: 0,
    imbalance: 1,
    modelLayers: 6,
    modelMaxTokens: 256,
  });
  expect(facts.tokens.shareOver(0)).toBe(0);
});

test('the median of an odd number of rows is the one in the middle', () => {
  const facts = factsOf({ rowCount: 3, labels }, tallyTokens([7, 30, 9]), input);
  expect(facts.tokens).toMatchObject({ median: 9, p95: 30, max: 30 });
});

test('of a single row a fifth held out leaves about one', () => {
  const evaluation = { folds: 5, test: { kind: 'hold-out' as const, share: 0.2 } };
  expect(factsOf({ rowCount: 1, labels: [{ label: 'a', count: 1 }] }, null, { ...input, evaluation }).rows).toBe(1);
});
