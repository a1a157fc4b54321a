import { expect, test } from 'vitest';
import { featuresLoad } from '../../../../src/engine/tasks/classification/methods/features-load';

/** Milliseconds of a unit on one core. */
const UNIT_MS = 2e-4;
const seconds = (rows: number, classes: number) =>
  (featuresLoad({ recipe: 'choose' }, [384, 384], { rows, classes }) * UNIT_MS) / 1000;

test.each([
  [3568, 2, 8],
  [3696, 77, 31],
  [4000, 500, 116],
])('%i rows of %i labels are told within twice of what they took', (rows, classes, took) => {
  expect(seconds(rows, classes) / took).toBeGreaterThan(1 / 2);
  expect(seconds(rows, classes) / took).toBeLessThan(2);
});

test('the plain recipe counts its own columns, of several encoders those of all besides', () => {
  const size = { rows: 100, classes: 4 };
  expect(featuresLoad({ recipe: 'plain' }, [384], size)).toBe(100 * 4 * 384);
  expect(featuresLoad({ recipe: 'plain' }, [384, 256], size)).toBe(100 * 4 * (384 + 640));
});

test('the choice looks at so many rows at most', () => {
  const perRow = (rows: number) => featuresLoad({ recipe: 'choose' }, [384, 384], { rows, classes: 2 }) / rows;
  expect(perRow(60_000)).toBeLessThan(perRow(600) / 2);
});
