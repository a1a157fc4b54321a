import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { padBatch } from '../../../../src/core/text/batches';
import { embed, runLayers } from '../../../../src/engine/models/bert/modeling';
import { encode } from '../../../../src/engine/models/encoder';
import { meanPool } from '../../../../src/engine/ops/mean-pool';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { difference, takeValues } from '../../../helpers/minilm-parity';
import { startBackend, startPortable } from '../../../helpers/tf-node';
import { tinyBatch, tinyConfig, tinyEncoder, tinyRows, tinyWeights } from '../../../helpers/tiny-bert';

const LENGTHS = [3, 9, 5, 12, 7, 2];

describe.each([
  ['wasm', () => startBackend('wasm')],
  ['portable', startPortable],
])('BERT, %s', (_, start) => {
  test('a row alone and in a padded batch give the same vector', async () => {
    await start();
    const weights = tinyWeights(1);
    const rows = tinyRows(2, LENGTHS);
    const together = await takeValues(tf.tidy(() => encode(tinyEncoder(weights), padBatch(rows))));
    for (const [i, row] of rows.entries()) {
      const alone = await takeValues(tf.tidy(() => encode(tinyEncoder(weights), padBatch([row]))));
      expect(difference(together.subarray(i * 16), [...alone])).toBeLessThan(1e-6);
    }
    disposeWeights(weights);
  });

  test('layers run in two parts give what they give at once', async () => {
    await start();
    const weights = tinyWeights(1);
    const batch = tinyBatch(2, LENGTHS);
    const whole = await takeValues(tf.tidy(() => encode(tinyEncoder(weights), batch)));
    const prefix = tf.tidy(() => runLayers(tinyConfig, weights, embed(tinyConfig, weights, batch), batch, 0, 1));
    const kept = await takeValues(prefix);
    const parts = await takeValues(
      tf.tidy(() => {
        const hidden = tf.tensor2d(kept, [batch.batch * batch.tokens, 16]);
        return meanPool(runLayers(tinyConfig, weights, hidden, batch, 1, 2), batch);
      }),
    );
    expect(parts).toEqual(whole);
    disposeWeights(weights);
  });

  test('a forward pass leaves no tensor behind but its result', async () => {
    await start();
    const before = tf.memory().numTensors;
    const weights = tinyWeights(1);
    const batch = tinyBatch(2, LENGTHS);
    tf.tidy(() => encode(tinyEncoder(weights), batch, { rate: 0.1, seed: 1 })).dispose();
    disposeWeights(weights);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('WebAssembly and the portable way give the same vectors, dropout included', async () => {
  const run = async () => {
    const weights = tinyWeights(1);
    const batch = tinyBatch(2, LENGTHS);
    const pooled = await takeValues(tf.tidy(() => encode(tinyEncoder(weights), batch, { rate: 0.2, seed: 9 })));
    disposeWeights(weights);
    return pooled;
  };
  await startBackend('wasm');
  const wasm = await run();
  await startPortable();
  expect(difference(wasm, [...(await run())])).toBeLessThan(2e-6);
});

test('more tokens than the model has positions are refused', async () => {
  await startBackend('wasm');
  const weights = tinyWeights(1);
  const batch = tinyBatch(2, [65]);
  expect(() => tf.tidy(() => embed(tinyConfig, weights, batch))).toThrow('the model has 64 positions');
  disposeWeights(weights);
});
