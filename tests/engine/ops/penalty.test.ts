import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { withPenalty } from '../../../src/engine/ops/penalty';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

// L1 alone has no slope at zero; its gradient is tested below.
checkOperation('withPenalty', { shapes: [[], [3, 4]], run: (x) => withPenalty(x(0), x(1), { l1: 0, l2: 0.2 }) });

test('adds l1·Σ|w| + l2·Σw²', async () => {
  await startBackend('wasm');
  const value = tf.tidy(() => withPenalty(tf.scalar(1), tf.tensor1d([-2, 3]), { l1: 0.1, l2: 0.01 }));
  expect((await takeValues(value))[0]).toBeCloseTo(1 + 0.5 + 0.13, 6);
});

test('the gradient of the L1 part is its sign', async () => {
  await startBackend('wasm');
  const [loss, weight] = [tf.scalar(1), tf.tensor1d([-2, 0, 3])];
  const { value, grads } = tf.engine().gradients(() => withPenalty(loss, weight, { l1: 0.1, l2: 0 }), [weight]);
  const [gradient] = grads;
  expect(gradient && (await takeValues(gradient))).toEqual(Float32Array.of(-0.1, 0, 0.1));
  tf.dispose([value, loss, weight]);
});
