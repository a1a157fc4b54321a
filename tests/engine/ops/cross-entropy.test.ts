import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { crossEntropy } from '../../../src/engine/ops/cross-entropy';
import { deviation, workOf } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
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

  test.each([-1, 3])('label %i, which is no class, is refused', async (label) => {
    await startBackend('wasm');
    const logits = tf.zeros([1, 3]);
    expect(() => crossEntropy(logits, Int32Array.of(label))).toThrow(`Label ${label} is none of 3 classes`);
    logits.dispose();
  });

  test('a row of weight 0 counts for nothing', async () => {
    const rowWeights = Float32Array.of(1, 0, 1);
    expect(await lossOf([0, 1, 3], { rowWeights })).toBeCloseTo((surprise(0) + surprise(3)) / 2, 6);
  });
});

interface Sizes {
  rows: number;
  classes: number;
}

const valuesOf = ({ rows, classes }: Sizes) => ({
  logits: randomValues(1, rows * classes).map((value) => 5 * value),
  labels: Int32Array.from({ length: rows }, (_, row) => (7 * row) % classes),
  rowWeights: Float32Array.from({ length: rows }, (_, row) => row % 3),
});

function work(sizes: Sizes) {
  const { logits, labels, rowWeights } = valuesOf(sizes);
  return workOf([[logits, [sizes.rows, sizes.classes]]], Float32Array.of(0.7), ([x]) => {
    if (!x) throw new Error('One input is needed.');
    return crossEntropy(x, labels, { rowWeights, normalizer: sizes.rows });
  });
}

/** The loss and its gradient times 0.7 by the definition, in float64. */
function reference(sizes: Sizes): [loss: number, gradient: Float64Array] {
  const { rows, classes } = sizes;
  const { logits, labels, rowWeights } = valuesOf(sizes);
  const gradient = new Float64Array(rows * classes);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const own = Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const sum = own.reduce((total, logit) => total + Math.exp(logit), 0);
    const label = labels[row] ?? NaN;
    const weight = (rowWeights[row] ?? NaN) / rows;
    loss += weight * (Math.log(sum) - (own[label] ?? NaN));
    own.forEach((logit, i) => {
      gradient[row * classes + i] = 0.7 * weight * (Math.exp(logit) / sum - (i === label ? 1 : 0));
    });
  }
  return [loss, gradient];
}

describe.each(['webgpu', 'wasm'] as const)('crossEntropy on %s', (backend) => {
  test.each([
    { rows: 1, classes: 2 },
    { rows: 16, classes: 77 },
    { rows: 3, classes: 1999 },
    { rows: 65_537, classes: 3 },
    { rows: 70_001, classes: 2 },
  ])('is the definition in float64: $rows × $classes', async (sizes) => {
    await startBackend(backend);
    const { value, gradients } = await work(sizes);
    const [loss, gradient] = reference(sizes);
    expect(Math.abs((value[0] ?? NaN) - loss)).toBeLessThan(1e-5 * Math.max(1, loss));
    // Per row the slopes are of the order of 1/rows.
    const scaled = (gradients[0] ?? new Float32Array()).map((slope) => slope * sizes.rows);
    expect(
      deviation(
        scaled,
        gradient.map((slope) => slope * sizes.rows),
      ),
    ).toBeLessThan(1e-5);
  });

  test('no rows: the loss is 0 when the normalizer is given', async () => {
    await startBackend(backend);
    const { value, gradients } = await workOf([[new Float32Array(), [0, 3]]], Float32Array.of(1), ([x]) =>
      crossEntropy(x ?? tf.zeros([0, 3]), new Int32Array(), { normalizer: 4 }),
    );
    expect([...value]).toEqual([0]);
    expect(gradients).toEqual([new Float32Array()]);
  });

  test('a logit that is NaN makes the loss NaN, for the guard to see', async () => {
    await startBackend(backend);
    const value = tf.tidy(() =>
      crossEntropy(
        tf.tensor2d([
          [0, NaN, 1],
          [1, 2, 3],
        ]),
        Int32Array.of(0, 1),
      ),
    );
    expect((await takeValues(value))[0]).toBeNaN();
  });

  test('the same logits give the same bits', async () => {
    await startBackend(backend);
    expect(await work({ rows: 999, classes: 10 })).toEqual(await work({ rows: 999, classes: 10 }));
  });
});

test('is two dispatches forward and one backward on WebGPU', async () => {
  await startBackend('webgpu');
  expect((await work({ rows: 16, classes: 77 })).dispatches).toEqual({ forward: 2, backward: 1 });
});
