import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { clipScale, squaredNorms } from '../../../src/engine/optim/clip';
import { startBackend, startPortable } from '../../helpers/tf-node';

test.each([
  ['wasm', () => startBackend('wasm')],
  ['portable', startPortable],
])('%s: squared norms by name', async (_, start) => {
  await start();
  const gradients = new Map<string, tf.Tensor>([
    ['a', tf.tensor1d([3, 4])],
    ['b', tf.tensor2d([1, 2, 2, 4], [2, 2])],
  ]);
  expect([...(await squaredNorms(gradients))]).toEqual([
    ['a', 25],
    ['b', 25],
  ]);
  tf.dispose([...gradients.values()]);
});

test('scales down to the limit and never up; 0 switches clipping off', () => {
  expect(clipScale(4, 1)).toBeCloseTo(0.25, 6);
  expect(clipScale(0.5, 1)).toBe(1);
  expect(clipScale(0, 1)).toBe(1);
  expect(clipScale(1e9, 0)).toBe(1);
});
