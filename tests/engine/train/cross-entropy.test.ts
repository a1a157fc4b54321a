import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { crossEntropy } from '../../../src/engine/train/cross-entropy';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

const labels = Int32Array.of(0, 2, 1, 2);
const classWeights = Float32Array.of(0.5, 1, 4);

checkOperation('crossEntropy', { shapes: [[4, 3]], run: (x) => crossEntropy(x(0), labels) });
checkOperation('crossEntropy with class weights', {
  shapes: [[4, 3]],
  run: (x) => crossEntropy(x(0), labels, { classWeights }),
});

const LOGITS = [
  [2, -1, 0],
  [0.5, 0.5, 0.5],
  [-3, 1, 2],
  [1, 0, 7],
];
const lossOf = async (...args: [rows: number[], options?: Parameters<typeof crossEntropy>[2]]) => {
  const [rows, options] = args;
  const picked = rows.map((row) => LOGITS[row] ?? []);
  const value = tf.tidy(() =>
    crossEntropy(
      tf.tensor2d(picked),
      Int32Array.from(rows, (row) => labels[row] ?? 0),
      options,
    ),
  );
  return (await takeValues(value))[0] ?? NaN;
};
const surprise = (row: number) => {
  const logits = LOGITS[row] ?? [];
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  return Math.log(sum) - (logits[labels[row] ?? 0] ?? NaN);
};

describe('crossEntropy', () => {
  test('is the mean of −log p of the labels', async () => {
    await startBackend('wasm');
    const mean = [0, 1, 2, 3].reduce((sum, row) => sum + surprise(row), 0) / 4;
    expect(await lossOf([0, 1, 2, 3])).toBeCloseTo(mean, 6);
  });

  test('weights rows by their class and divides by the weights, as PyTorch', async () => {
    const weights = [0.5, 4, 1, 4];
    const sum = weights.reduce((total, weight, row) => total + weight * surprise(row), 0);
    expect(await lossOf([0, 1, 2, 3], { classWeights })).toBeCloseTo(sum / 9.5, 6);
  });

  test('micro-batches with the normalizer of the step add up to the loss of the step', async () => {
    const options = { classWeights, normalizer: 9.5 };
    const parts = (await lossOf([0, 1, 2], options)) + (await lossOf([3], options));
    expect(parts).toBeCloseTo(await lossOf([0, 1, 2, 3], { classWeights }), 6);
  });

  test('stays finite for a certain and wrong prediction', async () => {
    const value = tf.tidy(() => crossEntropy(tf.tensor2d([[1e4, -1e4]]), Int32Array.of(1)));
    expect((await takeValues(value))[0]).toBe(2e4);
  });
});
