import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { createRandom } from '../../../../src/core/random';
import { disposeWeights, readArrays } from '../../../../src/engine/models/weights';
import {
  applyHead,
  createHead,
  HEAD_BIAS,
  HEAD_NAMES,
  HEAD_WEIGHT,
} from '../../../../src/engine/tasks/classification/head';
import { takeValues } from '../../../helpers/minilm-parity';
import { startBackend } from '../../../helpers/tf-node';

test('a new head is small, seeded, and gives one logit per class', async () => {
  await startBackend('wasm');
  const [head, same, other] = [1, 1, 2].map((seed) => createHead(64, 3, createRandom(seed)));
  if (!head || !same || !other) throw new Error('Three heads.');
  expect([...head.keys()]).toEqual(HEAD_NAMES);
  expect(await readArrays(head)).toEqual(await readArrays(same));
  expect(await readArrays(head)).not.toEqual(await readArrays(other));
  // Uniform in ±0.02·√3, which has a standard deviation of 0.02; no bias.
  const arrays = await readArrays(head);
  const weights = arrays.get(HEAD_WEIGHT)?.values ?? new Float32Array();
  const mean = weights.reduce((sum, value) => sum + value, 0) / weights.length;
  const variance = weights.reduce((sum, value) => sum + (value - mean) ** 2, 0) / weights.length;
  expect(Math.abs(mean)).toBeLessThan(0.005);
  expect(Math.sqrt(variance)).toBeCloseTo(0.02, 2);
  expect(Math.max(...weights)).toBeLessThanOrEqual(0.0347);
  expect(Math.max(...weights)).toBeGreaterThan(0.03);
  expect(Math.min(...weights)).toBeLessThan(-0.03);
  expect([...(arrays.get(HEAD_BIAS)?.values ?? [])]).toEqual([0, 0, 0]);
  const logits = tf.tidy(() => applyHead(head, tf.ones([2, 64])));
  expect(logits.shape).toEqual([2, 3]);
  for (const logit of await takeValues(logits)) expect(Math.abs(logit)).toBeLessThan(1);
  for (const one of [head, same, other]) disposeWeights(one);
});
