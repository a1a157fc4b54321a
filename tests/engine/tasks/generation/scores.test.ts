import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors';
import { Pace } from '../../../../src/engine/fit/pace';
import type { Decoder } from '../../../../src/engine/models/decoder';
import { disposeWeights } from '../../../../src/engine/models/weights';
import { scoreExamples, scoreTokens } from '../../../../src/engine/tasks/generation/scores';
import { startBackend } from '../../../helpers/tf-node';
import { tinyDecoder } from '../../../helpers/tiny-llama';
import { CONTINUE, stopAfter } from '../../fit/toy';

let model: Decoder;
beforeAll(async () => {
  await startBackend('wasm');
  model = tinyDecoder(1);
});
afterAll(() => disposeWeights(model.weights));

/** Rows of eight tokens, all but the first learned: 64 of them are a batch. */
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, row) => ({
    ids: Int32Array.from({ length: 8 }, (__, at) => (row + 3 * at) % 40),
    trained: new Uint8Array(8).fill(1),
  }));

test('tokens of one, two and more chunks of logits cost what they do alone, and nothing is left behind', async () => {
  const [first, last] = [rowsOf(1)[0], rowsOf(40).at(-1)];
  if (!first || !last) throw new Error('There are rows.');
  const alone = await Promise.all([scoreTokens(model, first), scoreTokens(model, last)]);
  const before = tf.memory().numTensors;
  // A chunk has 128 tokens.
  for (const rows of [18, 36, 40, 55]) {
    const scored = (await scoreExamples(model, rowsOf(rows), new Pace(CONTINUE))) ?? [];
    expect(scored).toHaveLength(rows);
    for (const [row, { nll, right }] of [[0, alone[0]], ...(rows >= 40 ? [[39, alone[1]] as const] : [])] as const) {
      expect(scored[row]?.tokens).toBe(7);
      expect(scored[row]?.nll).toBeCloseTo(
        nll.reduce((a, b) => a + b, 0),
        4,
      );
      expect(scored[row]?.right).toBe(right.reduce((a, b) => a + b, 0));
    }
    expect(scored.every(({ nll }) => nll > 1)).toBe(true);
  }
  expect(tf.memory().numTensors).toBe(before);
});

test('between batches it is told and asked; what the device reports is thrown, and a stop gives none', async () => {
  let turns = 0;
  // Two batches of 64 rows, one of two.
  await scoreExamples(model, rowsOf(130), new Pace(CONTINUE), () => turns++);
  expect(turns).toBe(3);
  expect(await scoreExamples(model, rowsOf(130), new Pace(stopAfter(2)))).toBeNull();
  const lost = new AppError('device-lost', 'Lost.');
  const check = (): void => {
    throw lost;
  };
  await expect(scoreExamples(model, rowsOf(1), new Pace(CONTINUE, { check }))).rejects.toBe(lost);
});
