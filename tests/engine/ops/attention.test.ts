import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { attention } from '../../../src/engine/ops/attention';
import { difference, takeValues } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend, startPortable } from '../../helpers/tf-node';

const shape = { batch: 2, tokens: 5, heads: 3, headSize: 4, lengths: Int32Array.of(5, 3) };
const matrix = [shape.batch * shape.tokens, shape.heads * shape.headSize];

checkOperation('attention', {
  shapes: [matrix, matrix, matrix],
  run: (x) => attention(x(0), x(1), x(2), shape, undefined, []),
});

checkOperation('attention with dropout', {
  shapes: [matrix, matrix, matrix],
  run: (x) => attention(x(0), x(1), x(2), shape, { rate: 0.3, seed: 4 }, ['here']),
});

test.each([
  ['wasm', () => startBackend('wasm')],
  ['portable', startPortable],
])('%s: padding has no weight, whatever stands in it', async (_, start) => {
  await start();
  const run = (padding: number) => {
    const values = randomValues(1, 120);
    // The last two tokens of the second row.
    values.fill(padding, 8 * 12);
    return takeValues(
      tf.tidy(() => {
        const x = tf.tensor2d(values, [10, 12]);
        return attention(x, x, x, shape, undefined, []);
      }),
    );
  };
  const [zeros, large] = [await run(0), await run(50)];
  expect(difference(zeros.subarray(0, 96), [...large.subarray(0, 96)])).toBe(0);
});
