import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { gelu } from '../../../src/engine/ops/gelu';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

checkOperation('gelu', { shapes: [[4, 11]], run: (x) => gelu(x(0)) });

test('is x·Φ(x) to the precision of float32, from −10 to 10', async () => {
  await startBackend('wasm');
  const xs = Float32Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 1000);
  const ours = await takeValues(tf.tidy(() => gelu(tf.tensor1d(xs))));
  const wrong = xs.findIndex((x, i) => Math.abs((ours[i] ?? NaN) - x * normalCdf(x)) > 3e-7 * Math.max(1, Math.abs(x)));
  expect(wrong).toBe(-1);
});

test('lets NaN through, so that a run that went wrong is noticed', async () => {
  await startBackend('wasm');
  const [first] = await takeValues(tf.tidy(() => gelu(tf.tensor1d([NaN, 1]))));
  expect(first).toBeNaN();
});

/** Φ by its series in float64 near zero, by the continued fraction of Mills' ratio in the tails. */
function normalCdf(x: number): number {
  const a = Math.abs(x);
  const density = Math.exp(-0.5 * a * a) / Math.sqrt(2 * Math.PI);
  let upper: number;
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 60; n++) sum += term *= (a * a) / (2 * n + 1);
    upper = 0.5 - density * sum;
  } else {
    let fraction = a;
    for (let k = 80; k > 0; k--) fraction = a + k / fraction;
    upper = density / fraction;
  }
  return x > 0 ? 1 - upper : upper;
}
