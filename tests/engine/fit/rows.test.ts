import { expect, test } from 'vitest';
import { normaliseRows, placeRows, spreadRows } from '../../../src/engine/fit/rows';

test('rows are scaled to length 1, and a row of zeros stays', () => {
  expect([...normaliseRows(Float32Array.of(3, 4, 0, 0), 2)]).toEqual([0.6, 0.8, 0, 0].map(Math.fround));
});

test('rows go to their places and come back from them', () => {
  const into = new Float32Array(6);
  placeRows(into, [2, 0], Float32Array.of(1, 2, 3, 4), 2);
  expect([...into]).toEqual([3, 4, 0, 0, 1, 2]);
  expect([...spreadRows(into, [2, 2, 1], 2)]).toEqual([1, 2, 1, 2, 0, 0]);
});
