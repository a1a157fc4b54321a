import { expect, test } from 'vitest';
import { samplePairs } from '../../../../src/engine/tasks/classification/pairs';
import { createRandom } from '../../../../src/core/random';

const labels = Int32Array.from([0, 0, 0, 1, 1, 2, 2, 2]);

test('every row has its positive and negative partners, with the right target and never itself', () => {
  const pairs = samplePairs(labels, 20, Infinity, createRandom(1));
  expect(pairs).toHaveLength(labels.length * 40);
  for (const { a, b, target } of pairs) {
    expect(a).not.toBe(b);
    expect(target).toBe(labels[a] === labels[b] ? 1 : 0);
  }
  for (let row = 0; row < labels.length; row++) {
    expect(pairs.filter((pair) => pair.a === row && pair.target === 1)).toHaveLength(20);
    expect(pairs.filter((pair) => pair.a === row && pair.target === 0)).toHaveLength(20);
  }
});

test('partners of one label are drawn alike', () => {
  const drawn = new Map<number, number>();
  for (const { a, b, target } of samplePairs(labels, 3000, Infinity, createRandom(2))) {
    if (a === 5 && target === 1) drawn.set(b, (drawn.get(b) ?? 0) + 1);
  }
  expect([...drawn.keys()].sort()).toEqual([6, 7]);
  expect(drawn.get(6)).toBeGreaterThan(1350);
  expect(drawn.get(7)).toBeGreaterThan(1350);
});

test('a budget takes from every row alike', () => {
  const pairs = samplePairs(labels, 20, 32, createRandom(3));
  expect(pairs).toHaveLength(32);
  for (let row = 0; row < labels.length; row++) expect(pairs.filter(({ a }) => a === row)).toHaveLength(4);
});

test('a row alone in its label gets negatives only, and one label gives positives only', () => {
  const lonely = samplePairs(Int32Array.from([0, 1, 1]), 4, Infinity, createRandom(4));
  expect(lonely.filter(({ a }) => a === 0).every(({ target }) => target === 0)).toBe(true);
  expect(samplePairs(Int32Array.from([0, 0]), 4, Infinity, createRandom(5)).every((pair) => pair.target === 1)).toBe(
    true,
  );
});

test('the same seed draws the same pairs', () => {
  expect(samplePairs(labels, 5, 50, createRandom(6))).toEqual(samplePairs(labels, 5, 50, createRandom(6)));
});

test('the same seed draws the pairs that it ever drew: a run of an earlier version goes on with the same', () => {
  const written = samplePairs(labels, 2, 9, createRandom(7)).map(
    ({ a, b, target }) => `${a}${target === 1 ? '=' : '≠'}${b}`,
  );
  expect(written.join(' ')).toBe('4≠1 4=3 6≠2 0=2 3=4 7≠4 2≠3 3≠5 6=5');
});

test('a budget that ends within a round is kept to the pair', () => {
  // Eight pairs a round.
  const labels = Int32Array.of(0, 0, 1, 1);
  for (const budget of [5, 8, 12, 20]) {
    expect(samplePairs(labels, 3, budget, createRandom(1))).toHaveLength(budget);
  }
});
