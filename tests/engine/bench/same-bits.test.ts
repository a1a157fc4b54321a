import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { resumed, sameSeed } from '../../../src/engine/bench/same-bits';
import { startBackend } from '../../helpers/tf-node';
import { tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';

const turn = (): Promise<void> => Promise.resolve();

describe.each(['wasm', 'webgpu'] as const)('%s', (backend) => {
  beforeAll(async () => {
    await startBackend(backend);
  });

  test('a training is the same to the bit, broken off or not, and leaves no tensor', async () => {
    const subject = tinyEncoder(tinyWeights(5));
    const before = tf.memory().numTensors;
    const same = await sameSeed(subject, 3, turn);
    const again = await resumed(subject, 3, turn);
    expect([same.differing, again.differing]).toEqual([0, 0]);
    expect(same.words).toBe(again.words / 2);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a training that began from other weights is told apart', async () => {
    const subject = tinyEncoder(tinyWeights(5));
    let turns = 0;
    const meddle = (): Promise<void> => {
      // In the last step of the first training, which has its copies: only the second begins from this.
      if (++turns === 3) subject.weights.set('embeddings.LayerNorm.bias', tf.fill([tinyConfig.hiddenSize], 0.5));
      return Promise.resolve();
    };
    const { differing, words } = await sameSeed(subject, 3, meddle);
    expect(differing).toBeGreaterThan(words / 2);
  });
});
