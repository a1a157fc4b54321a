import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { meanPool } from '../../../src/engine/ops/mean-pool';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

const shape = { batch: 2, tokens: 3, lengths: Int32Array.of(3, 2) };

checkOperation('meanPool', { shapes: [[6, 4]], run: (x) => meanPool(x(0), shape) });

test('is the mean of the tokens that are no padding', async () => {
  await startBackend('wasm');
  const hidden = [1, 10, 2, 20, 6, 60, 3, 30, 5, 50, 999, 999];
  expect(Array.from(await takeValues(tf.tidy(() => meanPool(tf.tensor2d(hidden, [6, 2]), shape))))).toEqual([
    3, 30, 4, 40,
  ]);
});
