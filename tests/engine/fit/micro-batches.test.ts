import { expect, test } from 'vitest';
import { bucketLength } from '../../../src/core/text/batches';
import { countsBefore, cutBatches } from '../../../src/engine/fit/micro-batches';

const LENGTHS = [8, 8, 30, 8, 16, 8];

test('what can still be cut is the largest part of several examples', () => {
  const whole = cutBatches([[0, 1, 3], [4, 5], [2]], LENGTHS, 2048);
  expect(whole.parts).toEqual([[0, 1, 3], [4, 5], [2]]);
  expect(whole.cuttable).toBe(2 * bucketLength(16));
  expect(cutBatches([[0], [2]], LENGTHS, 2048).cuttable).toBe(0);
  expect(cutBatches([], LENGTHS, 2048)).toEqual({ parts: [], cuttable: 0 });
});

test('halving what can be cut ends with single examples, and loses none', () => {
  let tokens = 2048;
  for (let halvings = 0; ; halvings++) {
    const { parts, cuttable } = cutBatches([[0, 1, 2, 3, 4, 5]], LENGTHS, tokens);
    expect(parts.flat()).toEqual([0, 1, 2, 3, 4, 5]);
    if (cuttable === 0) {
      expect(parts).toHaveLength(6);
      expect(halvings).toBeLessThan(8);
      break;
    }
    tokens = Math.floor(cuttable / 2);
  }
});

test('an example has the same place in the step however it is cut', () => {
  const batches = [[4, 1, 3], [5, 0], [2]];
  for (const tokens of [2048, 32, 1]) {
    const { parts } = cutBatches(batches, LENGTHS, tokens);
    const before = countsBefore(parts);
    const placed = parts.flatMap((part, i) => part.map((example, row) => [example, (before[i] ?? NaN) + row]));
    expect(placed).toEqual([4, 1, 3, 5, 0, 2].map((example, place) => [example, place]));
  }
});

test('a plan of two million rows can be cut', () => {
  const batches = Array.from({ length: 250_000 }, () => [0, 1]);
  expect(cutBatches(batches, LENGTHS, 2048).cuttable).toBe(16);
});
