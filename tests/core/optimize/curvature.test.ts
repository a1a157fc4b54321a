import { expect, test } from 'vitest';
import { createCurvature } from '../../../src/core/optimize/curvature';

test('after as many moves as dimensions a quadratic is known: a remembered change maps back to its move', () => {
  const curvature = createCurvature(10);
  curvature.remember(Float64Array.of(1, 0), Float64Array.of(4, 1));
  curvature.remember(Float64Array.of(0, 2), Float64Array.of(2, 6));
  const vector = Float64Array.of(2, 6);
  curvature.apply(vector);
  expect(vector[0]).toBeCloseTo(0, 12);
  expect(vector[1]).toBeCloseTo(2, 12);
});

test('a move without positive curvature is not remembered', () => {
  const curvature = createCurvature(10);
  curvature.remember(Float64Array.of(1, 0), Float64Array.of(-1, 0));
  curvature.remember(Float64Array.of(0, 0), Float64Array.of(0, 0));
  expect(curvature.size).toBe(0);
});

test('the oldest moves are forgotten, and what was handed in is never changed', () => {
  const curvature = createCurvature(2);
  const moves = [1, 2, 3].map((length) => Float64Array.of(length, 1));
  for (const move of moves) curvature.remember(move, move);
  expect(curvature.size).toBe(2);
  expect(moves.map((move) => move[0])).toEqual([1, 2, 3]);
  curvature.forget();
  expect(curvature.size).toBe(0);
});
