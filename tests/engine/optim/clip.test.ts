import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { SQUARED_PART } from '../../../src/engine/kernels/sum-of-squares';
import { clipScale, readNorms } from '../../../src/engine/optim/clip';
import { randomValues } from '../../helpers/operations';
import { startBackend, startPortable } from '../../helpers/tf-node';

const BACKENDS = [
  ['wasm', () => startBackend('wasm')],
  ['webgpu', () => startBackend('webgpu')],
  ['portable', startPortable],
] as const;

test.each(BACKENDS)('%s: squared norms by name, and the scalars asked for beside them', async (_, start) => {
  await start();
  const gradients = new Map<string, tf.Tensor>([
    ['a', tf.tensor1d([3, 4])],
    ['b', tf.tensor2d([1, 2, 2, 4], [2, 2])],
    ['none', tf.zeros([0, 3])],
  ]);
  const loss = tf.scalar(7);
  const { squares, scalars } = await readNorms(gradients, [loss]);
  expect([...squares]).toEqual([
    ['a', 25],
    ['b', 25],
    ['none', 0],
  ]);
  expect(scalars).toEqual([7]);
  tf.dispose([...gradients.values(), loss]);
});

test.each(BACKENDS)(
  '%s: right for more gradients than a shader has bindings, and for any number of parts',
  async (_, start) => {
    await start();
    const before = tf.memory().numTensors;
    const sizes = [1, SQUARED_PART - 1, SQUARED_PART, SQUARED_PART + 1, 5, 3 * SQUARED_PART + 77, 2, 0, 4, 9, 70_001];
    const values = sizes.map((size, i) => randomValues(i + 1, size));
    const gradients = new Map(values.map((array, i) => [`g${i}`, tf.tensor1d(array)]));
    const { squares } = await readNorms(gradients);
    values.forEach((array, i) => {
      const expected = array.reduce((sum, value) => sum + value * value, 0);
      expect(Math.abs((squares.get(`g${i}`) ?? NaN) - expected)).toBeLessThanOrEqual(1e-6 * expected);
    });
    const again = await readNorms(gradients);
    expect(again.squares).toEqual(squares);
    tf.dispose([...gradients.values()]);
    expect(tf.memory().numTensors).toBe(before);
  },
);

test.each(BACKENDS)('%s: a value that is not finite is seen in the norm', async (_, start) => {
  await start();
  const values = new Float32Array(2 * SQUARED_PART);
  values[SQUARED_PART + 3] = Infinity;
  const gradient = tf.tensor1d(values);
  const { squares } = await readNorms(new Map([['g', gradient]]));
  expect(squares.get('g')).toBe(Infinity);
  gradient.dispose();
});

test('scales down to the limit and never up; 0 switches clipping off', () => {
  expect(clipScale(4, 1)).toBeCloseTo(0.25, 6);
  expect(clipScale(0.5, 1)).toBe(1);
  expect(clipScale(0, 1)).toBe(1);
  expect(clipScale(1e9, 0)).toBe(1);
});
