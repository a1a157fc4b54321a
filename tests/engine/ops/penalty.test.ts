import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { withPenalty } from '../../../src/engine/ops/penalty';
import { deviation, workOf } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

// L1 alone has no slope at zero; its gradient is tested below.
checkOperation('withPenalty', { shapes: [[], [3, 4]], run: (x) => withPenalty(x(0), x(1), { l1: 0, l2: 0.2 }) });

test('adds l1·Σ|w| + l2·Σw²', async () => {
  await startBackend('wasm');
  const value = tf.tidy(() => withPenalty(tf.scalar(1), tf.tensor1d([-2, 3]), { l1: 0.1, l2: 0.01 }));
  expect((await takeValues(value))[0]).toBeCloseTo(1 + 0.5 + 0.13, 6);
});

test.each(['wasm', 'webgpu'] as const)('%s: the gradient of the L1 part is its sign, 0 at 0', async (backend) => {
  await startBackend(backend);
  const { gradients } = await work(Float32Array.of(-2, 0, 3), { l1: 0.1, l2: 0 });
  expect(gradients[1]).toEqual(Float32Array.of(-0.1, 0, 0.1));
});

test('on WebGPU it is the definition in float64, in one dispatch each way, with the same bits every time', async () => {
  await startBackend('webgpu');
  const weight = randomValues(3, 70_001);
  const strengths = { l1: 1e-4, l2: 1e-3 };
  const first = await work(weight, strengths);
  const penalty = weight.reduce((sum, w) => sum + 1e-4 * Math.abs(w) + 1e-3 * w * w, 0);
  expect(deviation(first.value, Float64Array.of(1 + penalty))).toBeLessThan(1e-5);
  expect(first.gradients[0]).toEqual(Float32Array.of(1));
  const slopes = Float64Array.from(weight, (w) => 1e-4 * Math.sign(w) + 2e-3 * w);
  expect(deviation(first.gradients[1] ?? new Float32Array(), slopes)).toBeLessThan(1e-8);
  expect(first.dispatches).toEqual({ forward: 1, backward: 1 });
  expect(await work(weight, strengths)).toEqual(first);
});

function work(weight: Float32Array, strengths: { l1: number; l2: number }) {
  const inputs = [[Float32Array.of(1), []] as const, [weight, [weight.length]] as const];
  return workOf(
    inputs.map(([values, shape]) => [values, [...shape]]),
    Float32Array.of(1),
    ([loss, w]) => {
      if (!loss || !w) throw new Error('Two inputs are needed.');
      return withPenalty(loss, w, strengths);
    },
  );
}
