import { describe, expect, test } from 'vitest';
import { MAX_HEIGHT, rowWindow, scrollTopOf } from '../../../src/ui/parts/window';

describe('the rows in sight', () => {
  test('the top of a list starts at its first row, with spare rows below', () => {
    expect(rowWindow(0, 400, 1000, 40, 2)).toEqual({ first: 0, end: 13, before: 0, after: 39_480 });
  });

  test('space above, rows and space below always add up to the whole list', () => {
    for (const scrollTop of [0, 37, 4000, 20_013, 39_600]) {
      const { first, end, before, after } = rowWindow(scrollTop, 400, 1000, 40);
      expect(before + (end - first) * 40 + after).toBe(40_000);
    }
  });

  test('every row in the box is drawn', () => {
    const { first, end } = rowWindow(20_013, 400, 1000, 40, 0);
    expect(first).toBeLessThanOrEqual(500);
    expect(end).toBeGreaterThanOrEqual(511);
  });

  test('a list taller than a browser can draw still reaches its last row', () => {
    const count = 10_000_000;
    const { first, end, before, after } = rowWindow(MAX_HEIGHT - 400, 400, count, 40);
    expect(end).toBe(count);
    // The last row ends where the box ends.
    expect(before + (end - first) * 40 + after).toBeCloseTo(MAX_HEIGHT, 3);
    expect(after).toBe(0);
  });

  test('in the middle of such a list the row that the scroll bar points at stands at the top of the box', () => {
    const count = 10_000_000;
    const scrollTop = (MAX_HEIGHT - 400) / 2;
    const { first, before } = rowWindow(scrollTop, 400, count, 40);
    const rowAtTop = first + (scrollTop - before) / 40;
    expect(rowAtTop).toBeCloseTo((count - 10) / 2, 0);
  });

  test('a row that is asked for stands at the top of the box, in a list of any length', () => {
    for (const [count, index] of [
      [1000, 0],
      [1000, 517],
      [10_000_000, 6_543_210],
    ] as const) {
      const scrollTop = scrollTopOf(index, 400, count, 40);
      const { first, before } = rowWindow(scrollTop, 400, count, 40);
      expect(first + (scrollTop - before) / 40).toBeCloseTo(index, 3);
    }
    expect(scrollTopOf(999, 400, 1000, 40)).toBe(40_000 - 400);
    expect(scrollTopOf(3, 400, 5, 40)).toBe(0);
  });

  test('an empty list draws nothing', () => {
    expect(rowWindow(0, 400, 0, 40)).toEqual({ first: 0, end: 0, before: 0, after: 0 });
  });
});
