import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { withAgreement } from '../../../src/engine/ops/agreement';
import { gradientsOf } from '../../../src/engine/ops/gradients';
import { difference, takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

const WEIGHED = { strength: 0.7, weights: Float32Array.of(1, 3), normalizer: 8 };

checkOperation('withAgreement', {
  shapes: [[], [4, 5]],
  run: (x) => withAgreement(x(0), x(1), WEIGHED),
});

/** `F.kl_div(log_target=True)` of PyTorch 2, both ways, in float64. */
const SLOPES = [
  ...[0.01390421, -0.01887429, 0.00497008, -0.01776959, 0.02164042, -0.00387084],
  ...[0.17496309, -0.00516584, -0.16979725, -0.09791494, -0.04870419, 0.14661913],
];

test.each(['wasm', 'webgpu'] as const)(
  '%s: both divergences of each row, weighed, as PyTorch has them',
  async (backend) => {
    await startBackend(backend);
    const logits = tf.tensor2d([1, 0, -1, 0.5, 0.5, -2, 2, 1, 0, -1, 0, 3], [4, 3]);
    const { value, gradients } = gradientsOf(() => withAgreement(tf.scalar(0.25), logits, WEIGHED), [logits]);
    expect((await takeValues(value))[0]).toBeCloseTo(0.8757969, 6);
    const [slopes] = gradients;
    if (!slopes) throw new Error('The logits have a gradient.');
    expect(difference(await takeValues(slopes), SLOPES)).toBeLessThan(1e-6);
    logits.dispose();
  },
);

test('readings that agree add nothing; an odd number of them is refused', async () => {
  await startBackend('wasm');
  const value = tf.tidy(() =>
    withAgreement(tf.scalar(2), tf.tensor2d([3, 1, 3, 1], [2, 2]), { ...WEIGHED, weights: Float32Array.of(5) }),
  );
  expect((await takeValues(value))[0]).toBe(2);
  expect(() => withAgreement(tf.scalar(2), tf.zeros([3, 2]), WEIGHED)).toThrow('two readings of 2 rows, got 3');
});
