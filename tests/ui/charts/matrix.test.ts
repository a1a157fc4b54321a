import { expect, test } from 'vitest';
import { confusedPairs, firstCell, neighbour, rowTotal, shade } from '../../../src/ui/charts/matrix';

const counts = [
  [8, 0, 2],
  [0, 0, 0],
  [3, 1, 6],
];

test('confused pairs come with the most rows first and leave right answers out', () => {
  expect(confusedPairs(counts)).toEqual([
    { row: 2, column: 0, count: 3, share: 0.3 },
    { row: 0, column: 2, count: 2, share: 0.2 },
    { row: 2, column: 1, count: 1, share: 0.1 },
  ]);
  expect(confusedPairs(counts, 1)).toHaveLength(1);
});

test('arrow keys pass over empty cells and stop at the edge', () => {
  expect(neighbour(counts, { row: 0, column: 0 }, 'ArrowRight')).toEqual({ row: 0, column: 2 });
  expect(neighbour(counts, { row: 0, column: 0 }, 'ArrowDown')).toEqual({ row: 2, column: 0 });
  const corner = { row: 2, column: 2 };
  expect(neighbour(counts, corner, 'ArrowRight')).toBe(corner);
  expect(neighbour(counts, corner, 'Tab')).toBe(corner);
});

test('the keyboard enters at the first cell with rows', () => {
  expect(
    firstCell([
      [0, 0],
      [0, 4],
    ]),
  ).toEqual({ row: 1, column: 1 });
});

test('a cell is shaded by its share of the row, right and wrong apart, and an empty one not at all', () => {
  expect(rowTotal(counts, 2)).toBe(10);
  expect(shade(0, 0, false)).toBe('z');
  expect(shade(42, 0.955, true)).toBe('h4');
  expect(shade(1, 0.02, false)).toBe('m1');
  expect(shade(2, 0.1, false)).toBe('m3');
});
