import { expect, test } from 'vitest';
import { decimate } from '../../../src/ui/charts/decimate';

const line = (length: number, y: (x: number) => number) => Array.from({ length }, (_, x) => ({ x, y: y(x) }));

test('a line within the limit is drawn as it is', () => {
  const points = line(2000, Math.sin);
  expect(decimate(points)).toBe(points);
});

test('a long line is thinned to the limit, in order, with both ends', () => {
  const points = line(12_345, Math.sin);
  const thin = decimate(points, 2000);
  expect(thin.length).toBeLessThanOrEqual(2000);
  expect(thin[0]).toBe(points[0]);
  expect(thin.at(-1)).toBe(points.at(-1));
  expect(thin.every(({ x }, index) => index === 0 || x > (thin[index - 1]?.x ?? 0))).toBe(true);
});

test('a spike of one step is still seen', () => {
  const points = line(50_000, (x) => (x === 31_416 ? 9 : x === 27_182 ? -9 : 1));
  const heights = decimate(points, 500).map(({ y }) => y);
  expect(Math.max(...heights)).toBe(9);
  expect(Math.min(...heights)).toBe(-9);
});
