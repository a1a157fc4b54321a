import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { cosineLoss } from '../../../src/engine/ops/cosine-loss';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

checkOperation('cosineLoss', { shapes: [[6, 5]], run: (x) => cosineLoss(x(0), Float32Array.of(1, 0, 1)) });

test('is the mean squared error of the cosines of rows i and i + pairs', async () => {
  await startBackend('wasm');
  const pooled = [3, 0, 1, 1, 0, 2, 5, 5]; // cos of rows 0 and 2: 0; of rows 1 and 3: 1
  const loss = (normalizer?: number) =>
    takeValues(tf.tidy(() => cosineLoss(tf.tensor2d(pooled, [4, 2]), Float32Array.of(0.5, 0), normalizer)));
  expect((await loss())[0]).toBeCloseTo((0.25 + 1) / 2, 6);
  expect((await loss(10))[0]).toBeCloseTo(1.25 / 10, 6);
});

test('a vector of zeros gives a finite loss', async () => {
  await startBackend('wasm');
  const [loss] = await takeValues(tf.tidy(() => cosineLoss(tf.zeros([2, 4]), Float32Array.of(1))));
  expect(loss).toBe(1);
});
