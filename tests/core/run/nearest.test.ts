import { expect, test } from 'vitest';
import { nearestTo } from '../../../src/core/run/nearest';

/** Rows at these angles, in degrees. */
const at = (...angles: number[]) => ({
  kind: 'dense' as const,
  rows: angles.length,
  columns: 2,
  values: Float32Array.from(angles.flatMap((angle) => [Math.cos(radians(angle)), Math.sin(radians(angle))])),
});
const radians = (angle: number): number => (angle * Math.PI) / 180;
const EAST = Float32Array.of(1, 0);
const rowsOf = (found: { row: number }[]): number[] => found.map(({ row }) => row);

test('the nearest come first, whatever order they stand in, each with its cosine', () => {
  const found = nearestTo(at(90, 10, 60, 30), EAST, 3);
  expect(rowsOf(found)).toEqual([1, 3, 2]);
  for (const [i, angle] of [10, 30, 60].entries()) {
    expect(found[i]?.similarity).toBeCloseTo(Math.cos(radians(angle)), 6);
  }
});

test('of equally near rows the first stays, and they keep their order', () => {
  expect(rowsOf(nearestTo(at(20, 20, 20), EAST, 2))).toEqual([0, 1]);
  expect(rowsOf(nearestTo(at(40, 20, 20, 40), EAST, 4))).toEqual([1, 2, 0, 3]);
});

test('rows that point away count too, and fewer rows than asked for are all that there are', () => {
  expect(rowsOf(nearestTo(at(180, 170), EAST, 5))).toEqual([1, 0]);
  expect(nearestTo(at(), EAST, 5)).toEqual([]);
});

test('a row that comes late pushes out the furthest, not the last found', () => {
  expect(rowsOf(nearestTo(at(5, 50, 10, 0), EAST, 3))).toEqual([3, 0, 2]);
});
