import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { cosineLoss } from '../../../src/engine/ops/cosine-loss';
import { deviation, workOf } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

checkOperation('cosineLoss', { shapes: [[6, 5]], run: (x) => cosineLoss(x(0), Float32Array.of(1, 0, 1)) });

test('is the mean squared error of the cosines of rows 2·i and 2·i + 1', async () => {
  await startBackend('wasm');
  const pooled = [3, 0, 0, 2, 1, 1, 5, 5]; // cos of rows 0 and 1: 0; of rows 2 and 3: 1
  const loss = (normalizer?: number) =>
    takeValues(tf.tidy(() => cosineLoss(tf.tensor2d(pooled, [4, 2]), Float32Array.of(0.5, 0), normalizer)));
  expect((await loss())[0]).toBeCloseTo((0.25 + 1) / 2, 6);
  expect((await loss(10))[0]).toBeCloseTo(1.25 / 10, 6);
});

test.each(['wasm', 'webgpu'] as const)('%s: a vector of zeros gives a finite loss', async (backend) => {
  await startBackend(backend);
  const [loss] = await takeValues(tf.tidy(() => cosineLoss(tf.zeros([2, 4]), Float32Array.of(1))));
  expect(loss).toBe(1);
});

interface Sizes {
  pairs: number;
  width: number;
}

const targetsOf = ({ pairs }: Sizes) => Float32Array.from({ length: pairs }, (_, pair) => pair % 2);

function work(sizes: Sizes) {
  const { pairs, width } = sizes;
  return workOf([[randomValues(1, 2 * pairs * width), [2 * pairs, width]]], Float32Array.of(1), ([x]) => {
    if (!x) throw new Error('One input is needed.');
    return cosineLoss(x, targetsOf(sizes));
  });
}

/** The loss and its gradient by the definition, in float64; the gradient times the pairs. */
function reference(sizes: Sizes): [loss: number, gradient: Float64Array] {
  const { pairs, width } = sizes;
  const pooled = Float64Array.from(randomValues(1, 2 * pairs * width));
  const gradient = new Float64Array(pooled.length);
  let loss = 0;
  targetsOf(sizes).forEach((target, pair) => {
    const [a, b] = [2 * pair, 2 * pair + 1].map((row) => pooled.subarray(row * width, (row + 1) * width));
    if (!a || !b) throw new Error('A pair has two rows.');
    const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, v, j) => sum + v * (y[j] ?? NaN), 0);
    const [normA, normB] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
    const cosine = dot(a, b) / normA / normB;
    loss += (cosine - target) ** 2 / pairs;
    for (let j = 0; j < width; j++) {
      const [unitA, unitB] = [(a[j] ?? NaN) / normA, (b[j] ?? NaN) / normB];
      gradient[2 * pair * width + j] = (2 * (cosine - target) * (unitB - cosine * unitA)) / normA;
      gradient[(2 * pair + 1) * width + j] = (2 * (cosine - target) * (unitA - cosine * unitB)) / normB;
    }
  });
  return [loss, gradient];
}

describe.each(['webgpu', 'wasm'] as const)('cosineLoss on %s', (backend) => {
  test.each([
    { pairs: 1, width: 2 },
    { pairs: 7, width: 385 },
    { pairs: 4_097, width: 3 },
    ...(backend === 'webgpu' ? [{ pairs: 65_537, width: 3 }] : []), // WebAssembly adds up in float32, one by one
  ])('is the definition in float64: $pairs pairs of $width', async (sizes) => {
    await startBackend(backend);
    const { value, gradients } = await work(sizes);
    const [loss, gradient] = reference(sizes);
    expect(Math.abs((value[0] ?? NaN) - loss)).toBeLessThan(1e-5);
    const scaled = (gradients[0] ?? new Float32Array()).map((slope) => slope * sizes.pairs);
    expect(deviation(scaled, gradient)).toBeLessThan(1e-5);
  });

  test('the same vectors give the same bits', async () => {
    await startBackend(backend);
    expect(await work({ pairs: 300, width: 100 })).toEqual(await work({ pairs: 300, width: 100 }));
  });
});

test('is two dispatches forward and one backward on WebGPU', async () => {
  await startBackend('webgpu');
  expect((await work({ pairs: 8, width: 384 })).dispatches).toEqual({ forward: 2, backward: 1 });
});
