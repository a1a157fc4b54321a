import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { meanPool } from '../../../src/engine/ops/mean-pool';
import { deviation, workOf } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend, startPortable } from '../../helpers/tf-node';

const shape = { batch: 2, tokens: 3, lengths: Int32Array.of(3, 2) };

checkOperation('meanPool', { shapes: [[6, 4]], run: (x) => meanPool(x(0), shape) });

test.each([
  ['wasm', () => startBackend('wasm')],
  ['webgpu', () => startBackend('webgpu')],
  ['portable', startPortable],
])('%s: is the mean of the tokens that are no padding, whatever stands in that', async (_, start) => {
  await start();
  const hidden = [1, 10, 2, 20, 6, 60, 3, 30, 5, 50, 999, 999];
  expect(Array.from(await takeValues(tf.tidy(() => meanPool(tf.tensor2d(hidden, [6, 2]), shape))))).toEqual([
    3, 30, 4, 40,
  ]);
});

interface Sizes {
  batch: number;
  tokens: number;
  width: number;
}

const lengthsOf = ({ batch, tokens }: Sizes) => Int32Array.from({ length: batch }, (_, row) => 1 + (row % tokens));

function work(sizes: Sizes) {
  const { batch, tokens, width } = sizes;
  const hidden = randomValues(1, batch * tokens * width);
  return workOf([[hidden, [batch * tokens, width]]], randomValues(2, batch * width), ([x]) => {
    if (!x) throw new Error('One input is needed.');
    return meanPool(x, { batch, tokens, lengths: lengthsOf(sizes) });
  });
}

/** The means and their gradient by the definition, in float64. */
function reference(sizes: Sizes): [value: Float64Array, gradient: Float64Array] {
  const { batch, tokens, width } = sizes;
  const [hidden, dy] = [randomValues(1, batch * tokens * width), randomValues(2, batch * width)];
  const [value, gradient] = [new Float64Array(batch * width), new Float64Array(batch * tokens * width)];
  lengthsOf(sizes).forEach((length, row) => {
    for (let token = 0; token < length; token++) {
      for (let j = 0; j < width; j++) {
        const [from, to] = [(row * tokens + token) * width + j, row * width + j];
        value[to] = (value[to] ?? NaN) + (hidden[from] ?? NaN) / length;
        gradient[from] = (dy[to] ?? NaN) / length;
      }
    }
  });
  return [value, gradient];
}

describe.each(['webgpu', 'wasm'] as const)('meanPool on %s', (backend) => {
  test.each([
    { batch: 1, tokens: 1, width: 1 },
    { batch: 5, tokens: 64, width: 385 },
    { batch: 65_537, tokens: 2, width: 3 },
    { batch: 70_001, tokens: 1, width: 2 },
  ])('is the definition in float64: $batch × $tokens × $width', async (sizes) => {
    await startBackend(backend);
    const { value, gradients } = await work(sizes);
    const [expected, gradient] = reference(sizes);
    expect(deviation(value, expected)).toBeLessThan(1e-6);
    expect(deviation(gradients[0] ?? new Float32Array(), gradient)).toBeLessThan(1e-6);
  });
});

test('is one dispatch each way on WebGPU', async () => {
  await startBackend('webgpu');
  expect((await work({ batch: 3, tokens: 4, width: 5 })).dispatches).toEqual({ forward: 1, backward: 1 });
});
