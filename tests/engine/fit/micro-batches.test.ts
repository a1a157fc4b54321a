import { expect, test } from 'vitest';
import { bucketLength } from '../../../src/core/text/batches';
import { countsBefore, cutBatches, sharedParts } from '../../../src/engine/fit/micro-batches';

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

test('a batch that threads could share is cut in equal parts, in order, by its padded tokens alone', () => {
  const cut = (rows: number, length: number, most = 2048) =>
    cutBatches([Array.from({ length: rows }, (_, i) => i)], new Int32Array(rows).fill(length), most, true).parts;
  expect(cut(4, 128)).toEqual([[0], [1], [2], [3]]);
  expect(cut(4, 90)).toEqual([[0], [1], [2, 3]]);
  expect(cut(4, 64)).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(cut(4, 32)).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(cut(3, 60)).toEqual([[0], [1, 2]]);
  // Too little for two.
  expect(cut(4, 24)).toEqual([[0, 1, 2, 3]]);
  expect(cut(1, 1024)).toEqual([[0]]);
  // What has to be cut for its memory is shared after that.
  expect(cut(5, 448, 1024).map((part) => part.length)).toEqual([1, 1, 1, 1, 1]);
  expect(cut(16, 128).map((part) => part.length)).toEqual([4, 4, 4, 4]);
  expect(cutBatches([[0, 1, 2, 3]], new Int32Array(4).fill(64), 2048, true).cuttable).toBe(128);
  expect(cutBatches([[0, 1, 2, 3]], new Int32Array(4).fill(128), 2048, true).cuttable).toBe(0);
  expect([127, 128, 383, 384, 512, 4096].map((tokens) => sharedParts(8, tokens))).toEqual([1, 2, 2, 3, 4, 4]);
});
