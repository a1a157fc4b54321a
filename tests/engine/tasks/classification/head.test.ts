import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { createRandom } from '../../../../src/core/random';
import { disposeWeights, readArrays } from '../../../../src/engine/models/weights';
import { applyHead, createHead, HEAD_NAMES } from '../../../../src/engine/tasks/classification/head';
import { takeValues } from '../../../helpers/minilm-parity';
import { startBackend } from '../../../helpers/tf-node';

test('a new head is small, seeded, and gives one logit per class', async () => {
  await startBackend('wasm');
  const [head, same, other] = [1, 1, 2].map((seed) => createHead(64, 3, createRandom(seed)));
  if (!head || !same || !other) throw new Error('Three heads.');
  expect([...head.keys()]).toEqual(HEAD_NAMES);
  expect(await readArrays(head)).toEqual(await readArrays(same));
  expect(await readArrays(head)).not.toEqual(await readArrays(other));
  const logits = tf.tidy(() => applyHead(head, tf.ones([2, 64])));
  expect(logits.shape).toEqual([2, 3]);
  for (const logit of await takeValues(logits)) expect(Math.abs(logit)).toBeLessThan(1);
  for (const weights of [head, same, other]) disposeWeights(weights);
});
