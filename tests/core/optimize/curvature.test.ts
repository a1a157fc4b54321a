import { expect, test } from 'vitest';
import { createCurvature, dot } from '../../../src/core/optimize/curvature';
import { createRandom } from '../../../src/core/random';

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

test.each([false, true])(
  'a gradient goes through the two loops of the book, to the bit; preconditioned: %s',
  (conditioned) => {
    const random = createRandom(8);
    const size = 37;
    const draw = (): Float64Array => Float64Array.from({ length: size }, () => random() - 0.5);
    const halve = (vector: Float64Array): void => vector.forEach((value, i) => (vector[i] = value / (2 + (i % 3))));
    const curvature = createCurvature(3, conditioned ? halve : undefined);
    const pairs = Array.from({ length: 4 }, () => {
      const move = draw();
      return { move, change: move.map((value, i) => value * (1 + (i % 5))) };
    });
    pairs.forEach(({ move, change }) => curvature.remember(move, change));
    const asked = draw();
    const applied = asked.slice();
    curvature.apply(applied);

    const kept = pairs.slice(1);
    const q = asked.slice();
    const add = (factor: number, of: Float64Array): void =>
      of.forEach((value, i) => (q[i] = (q[i] ?? 0) + factor * value));
    const weights = kept.toReversed().map(({ move, change }) => {
      const weight = (1 / dot(move, change)) * dot(move, q);
      add(-weight, change);
      return weight;
    });
    const last = kept.at(-1) ?? { move: q, change: q };
    const smoothed = last.change.slice();
    if (conditioned) [q, smoothed].forEach(halve);
    const scale = dot(last.move, last.change) / dot(last.change, smoothed);
    q.forEach((value, i) => (q[i] = scale * value));
    kept.forEach(({ move, change }) => add((weights.pop() ?? 0) - (1 / dot(move, change)) * dot(change, q), move));
    expect(applied).toEqual(q);
  },
);
