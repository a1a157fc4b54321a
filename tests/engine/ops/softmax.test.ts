import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { softmax } from '../../../src/engine/ops/softmax';
import { takeValues } from '../../helpers/minilm-parity';
import { startPortable } from '../../helpers/tf-node';

test('rows sum to 1, and neither large nor equal values upset it', async () => {
  await startPortable();
  const values = await takeValues(tf.tidy(() => softmax(tf.tensor2d([1e9, 0, -1e9, 5, 5, 5], [2, 3]))));
  expect(Array.from(values.subarray(0, 3))).toEqual([1, 0, 0]);
  for (const value of values.subarray(3)) expect(value).toBeCloseTo(1 / 3, 6);
});
