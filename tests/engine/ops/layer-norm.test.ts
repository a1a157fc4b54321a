import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { addLayerNorm } from '../../../src/engine/ops/layer-norm';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

checkOperation('addLayerNorm', {
  shapes: [[5, 12], [5, 12], [12], [12]],
  run: (x) => addLayerNorm(x(0), x(1), x(2), x(3), 1e-12),
});

test('rows of the result have mean β and deviation γ, however far from zero the input is', async () => {
  await startBackend('wasm');
  const row = Float32Array.from({ length: 64 }, (_, i) => 1000 + Math.sin(i));
  const values = await takeValues(
    tf.tidy(() => {
      const [gamma, beta] = [tf.fill([64], 2), tf.fill([64], 3)];
      return addLayerNorm(tf.tensor2d(row, [1, 64]), tf.zeros([1, 64]), gamma, beta, 1e-12);
    }),
  );
  const mean = values.reduce((sum, v) => sum + v, 0) / 64;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 64);
  expect(mean).toBeCloseTo(3, 5);
  expect(deviation).toBeCloseTo(2, 5);
});
