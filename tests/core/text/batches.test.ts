import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random';
import {
  bucketLength,
  inferenceBatches,
  lengthGroups,
  padBatch,
  splitMicroBatches,
  trainingBatches,
} from '../../../src/core/text/batches';

const random = createRandom(7);
const lengths = Array.from({ length: 501 }, () => 2 + Math.floor(random() ** 3 * 200));
const everyRow = lengths.map((_, row) => row);
const sorted = (batches: number[][]) => batches.flat().sort((a, b) => a - b);
const paddedTokens = (batch: number[]) =>
  batch.length * bucketLength(Math.max(...batch.map((row) => lengths[row] ?? 0)));

describe('padBatch', () => {
  test('pads on the right to the bucket of the longest row', () => {
    const batch = padBatch([Int32Array.of(101, 7, 102), Int32Array.of(101, 102)], 9);
    expect(batch).toMatchObject({ batch: 2, tokens: 8 });
    expect(Array.from(batch.ids)).toEqual([101, 7, 102, 9, 9, 9, 9, 9, 101, 102, 9, 9, 9, 9, 9, 9]);
    expect(Array.from(batch.lengths)).toEqual([3, 2]);
  });

  test('a bucket is never shorter than the row, and never much longer', () => {
    for (let length = 1; length <= 700; length++) {
      expect(bucketLength(length)).toBeGreaterThanOrEqual(length);
      expect(bucketLength(length)).toBeLessThan(Math.max(length + 8, length * 1.25 + 1));
    }
  });
});

describe('lengthGroups', () => {
  test('two groups cut where least is padded, the shorter first', () => {
    expect(lengthGroups([0, 1, 2, 3, 4, 5], [30, 5, 29, 7, 31, 8])).toEqual([
      [1, 3, 5],
      [2, 0, 4],
    ]);
    // Two of 8 and three of 32 are 112; four of 16 and one of 32 are 96.
    expect(lengthGroups([0, 1, 2, 4, 3], [30, 5, 16, 7, 12])).toEqual([[1, 3, 4, 2], [0]]);
  });

  test('as they came where that saves less than a quarter, and one row', () => {
    expect(lengthGroups([2, 0, 1], [30, 25, 28])).toEqual([[2, 0, 1]]);
    expect(lengthGroups([0], [30])).toEqual([[0]]);
    expect(lengthGroups([], [])).toEqual([[]]);
    // 7 × 8 + 9 × 16 of 16 × 16 are over three quarters, 8 × 8 + 8 × 16 exactly that, 9 × 8 + 7 × 16 less.
    const short = (count: number) => Array.from({ length: 16 }, (_, i) => (i < count ? 8 : 16));
    const rows = Array.from({ length: 16 }, (_, i) => i);
    expect([7, 8, 9].map((count) => lengthGroups(rows, short(count)).length)).toEqual([1, 1, 2]);
  });

  test('no row is lost or comes twice, whatever the lengths', () => {
    for (const batch of inferenceBatches(lengths, { maxRows: 30, maxTokens: 1e9 })) {
      expect(sorted(lengthGroups(batch, lengths))).toEqual(sorted([batch]));
    }
  });
});

describe('inferenceBatches', () => {
  const batches = inferenceBatches(lengths, { maxRows: 32, maxTokens: 1024 });

  test('every row stands in one batch', () => {
    expect(sorted(batches)).toEqual(everyRow);
  });

  test('no batch passes its limits', () => {
    for (const batch of batches) {
      expect(batch.length).toBeLessThanOrEqual(32);
      expect(paddedTokens(batch)).toBeLessThanOrEqual(1024);
    }
  });

  test('less than a seventh of the computed tokens is padding', () => {
    const real = lengths.reduce((a, b) => a + b, 0);
    expect(real / batches.reduce((sum, batch) => sum + paddedTokens(batch), 0)).toBeGreaterThan(6 / 7);
  });

  test('a row longer than the limit stands alone, and no rows give no batches', () => {
    expect(inferenceBatches([5000, 3], { maxTokens: 1024 })).toEqual([[0], [1]]);
    expect(inferenceBatches([])).toEqual([]);
  });
});

describe('trainingBatches', () => {
  test('an epoch has every row once, in full batches but one', () => {
    const batches = trainingBatches(lengths, 16, createRandom(1));
    expect(sorted(batches)).toEqual(everyRow);
    expect(batches.filter((batch) => batch.length < 16)).toHaveLength(1);
  });

  test('the same seed gives the same epoch, another seed another', () => {
    const epoch = (seed: number) => trainingBatches(lengths, 16, createRandom(seed));
    expect(epoch(1)).toEqual(epoch(1));
    expect(epoch(1)).not.toEqual(epoch(2));
  });

  test('rows of like length go together: less padding than without', () => {
    const bucketed = trainingBatches(lengths, 16, createRandom(1)).reduce((sum, batch) => sum + paddedTokens(batch), 0);
    const plain = Array.from({ length: 32 }, (_, i) => everyRow.slice(i * 16, i * 16 + 16));
    expect(bucketed).toBeLessThan(0.6 * plain.reduce((sum, batch) => sum + paddedTokens(batch), 0));
  });
});

describe('splitMicroBatches', () => {
  test('parts keep the order, hold every row and stay under the limit', () => {
    const parts = splitMicroBatches(everyRow.slice(0, 64), lengths, 512);
    expect(parts.flat()).toEqual(everyRow.slice(0, 64));
    for (const part of parts) expect(paddedTokens(part)).toBeLessThanOrEqual(512);
  });

  test('what fits is not split', () => {
    expect(splitMicroBatches([4, 1], lengths, 100_000)).toEqual([[4, 1]]);
  });
});
