import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../src/core/random';
import { batchShape, pairsOf, sampleBatches, unitsOf } from '../../../../src/engine/tasks/classification/pairs';

/** Three labels with 3, 2 and 5 rows. */
const labels = Int32Array.from([0, 0, 0, 1, 1, 2, 2, 2, 2, 2]);
const labelsIn = (batch: readonly number[]) => batch.map((row) => labels[row] ?? -1);

test.each([
  [6, 32, { labels: 6, rows: 5 }],
  [2, 32, { labels: 2, rows: 16 }],
  [77, 32, { labels: 16, rows: 2 }],
  [3, 1, { labels: 2, rows: 2 }],
  [1, 32, { labels: 1, rows: 32 }],
])('%i labels in %i rows', (count, size, shape) => {
  expect(batchShape(count, size)).toEqual(shape);
});

describe('batches', () => {
  test('have every label with as many rows, as far as it has them, and no row twice', () => {
    for (const batch of sampleBatches(labels, 9, 50, createRandom(1))) {
      expect(new Set(batch).size).toBe(batch.length);
      expect(labelsIn(batch).sort()).toEqual([0, 0, 0, 1, 1, 2, 2, 2]);
    }
  });

  test('show the rows of a label alike often, and labels too where not all have room', () => {
    const batches = sampleBatches(labels, 4, 300, createRandom(2));
    const seen = new Map<number, number>();
    for (const row of batches.flat()) seen.set(row, (seen.get(row) ?? 0) + 1);
    // 300 batches of two labels with two rows each: 400 rows a label.
    const times = Array.from(labels, (_, row) => seen.get(row) ?? 0);
    expect(times.slice(0, 3).every((count) => Math.abs(count - 400 / 3) < 6)).toBe(true);
    expect(times.slice(3, 5).every((count) => Math.abs(count - 200) < 6)).toBe(true);
    expect(times.slice(5).every((count) => Math.abs(count - 80) < 6)).toBe(true);
    for (const batch of batches) expect(new Set(labelsIn(batch)).size).toBe(2);
  });

  test('stand in twos of a label, so that four in a row have pairs of both kinds', () => {
    const even = Int32Array.from({ length: 24 }, (_, row) => row % 4);
    for (const batch of sampleBatches(even, 24, 10, createRandom(3))) {
      for (const unit of unitsOf(batch)) {
        const { alike, unlike } = pairsOf(unit.map((row) => even[row] ?? -1));
        expect(alike.length).toBeGreaterThan(0);
        expect(unlike.length).toBeGreaterThan(0);
      }
    }
  });

  test('of a label alone, and of rows alone in their labels; none of a single row', () => {
    expect(sampleBatches(Int32Array.of(0, 0), 32, 3, createRandom(4)).map((batch) => batch.sort())).toEqual(
      Array.from({ length: 3 }, () => [0, 1]),
    );
    expect(sampleBatches(Int32Array.of(0, 1, 2), 32, 1, createRandom(4))[0]?.sort()).toEqual([0, 1, 2]);
    expect(sampleBatches(Int32Array.of(0), 32, 3, createRandom(4))).toEqual([]);
  });

  test('are those that a seed ever drew: a run that was broken off goes on with the same', () => {
    const draw = (seed: number) => sampleBatches(labels, 4, 3, createRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).map((batch) => batch.join(' '))).toEqual(['2 1 7 6', '3 4 8 5', '0 1 4 3']);
  });
});

test('all pairs of some rows, each once', () => {
  const { alike, unlike } = pairsOf([5, 7, 5]);
  expect([...alike]).toEqual([0, 2]);
  expect([...unlike]).toEqual([0, 1, 1, 2]);
});

test('units are fours, what is left over with the last', () => {
  expect(unitsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual([
    [1, 2, 3, 4],
    [5, 6, 7, 8, 9, 10],
  ]);
  expect(unitsOf([1, 2, 3])).toEqual([[1, 2, 3]]);
});
