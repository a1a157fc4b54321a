import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { activationGradient } from '../../../src/engine/ops/activation';
import { linear } from '../../../src/engine/ops/linear';
import { gelu, geluSlope } from '../../helpers/gaussian';
import { takeValues } from '../../helpers/minilm-parity';
import { startBackend } from '../../helpers/tf-node';

const POINTS = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 1000);

/** GELU where models meet it: at the end of a linear layer, here one that changes nothing. */
function geluOf(xs: Float32Array): Promise<Float32Array> {
  return takeValues(
    tf.tidy(() => linear(tf.tensor2d(xs, [xs.length, 1]), { weight: tf.ones([1, 1]), bias: tf.zeros([1]) }, 'gelu')),
  );
}

describe.each(['wasm', 'webgpu'] as const)('GELU on %s', (backend) => {
  test('is x·Φ(x) to the precision of float32, from −10 to 10', async () => {
    await startBackend(backend);
    const ours = await geluOf(POINTS);
    const wrong = POINTS.findIndex((x, i) => !(Math.abs((ours[i] ?? NaN) - gelu(x)) < 3e-7 * Math.max(1, Math.abs(x))));
    expect(wrong).toBe(-1);
  });

  test('has the slope Φ(x) + x·φ(x), from −10 to 10', async () => {
    await startBackend(backend);
    const ours = await takeValues(
      tf.tidy(() => activationGradient(tf.tensor1d(POINTS), tf.ones([POINTS.length]), 'gelu')),
    );
    const wrong = POINTS.findIndex((x, i) => !(Math.abs((ours[i] ?? NaN) - geluSlope(x)) < 4e-7));
    expect(wrong).toBe(-1);
  });

  test('lets NaN through, so that a run that went wrong is noticed', async () => {
    await startBackend(backend);
    const [first, second] = await geluOf(Float32Array.of(NaN, 1));
    expect(first).toBeNaN();
    expect(second).toBeCloseTo(gelu(1), 6);
  });

  test('is x far to the right and 0 far to the left', async () => {
    await startBackend(backend);
    expect([...(await geluOf(Float32Array.of(1e30, 100, -100, -1e30)))].map(Math.abs)).toEqual([
      Math.fround(1e30),
      100,
      0,
      0,
    ]);
  });
});
