import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { dropInPlace, dropoutAt } from '../../../src/engine/ops/dropout';
import { addLayerNorm } from '../../../src/engine/ops/layer-norm';
import { deviation, workOf } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

const EPSILON = 1e-12;
const DROPOUT = { rate: 0.3, seed: 11, firstText: 6, tokens: 2 };

checkOperation('addLayerNorm', {
  shapes: [[5, 12], [5, 12], [12], [12]],
  run: (x) => addLayerNorm(x(0), x(1), x(2), x(3), EPSILON),
});
checkOperation('addLayerNorm with dropout of the branch', {
  shapes: [[3, 70], [3, 70], [70], [70]],
  run: (x) => addLayerNorm(x(0), x(1), x(2), x(3), EPSILON, DROPOUT, ['here']),
});

test('rows of the result have mean β and deviation γ, however far from zero the input is', async () => {
  for (const backend of ['wasm', 'webgpu'] as const) {
    await startBackend(backend);
    const row = Float32Array.from({ length: 64 }, (_, i) => 1000 + Math.sin(i));
    const values = await takeValues(
      tf.tidy(() => {
        const [gamma, beta] = [tf.fill([64], 2), tf.fill([64], 3)];
        return addLayerNorm(tf.tensor2d(row, [1, 64]), tf.zeros([1, 64]), gamma, beta, EPSILON);
      }),
    );
    const mean = values.reduce((sum, v) => sum + v, 0) / 64;
    const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 64);
    expect(mean).toBeCloseTo(3, 4);
    expect(spread).toBeCloseTo(2, 4);
  }
});

interface Sizes {
  rows: number;
  width: number;
  dropout?: typeof DROPOUT;
}

function inputsOf({ rows, width }: Sizes): [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array] {
  const [a, b, dy] = [1, 2, 5].map((seed) => randomValues(seed, rows * width));
  const [gamma, beta] = [3, 4].map((seed) => randomValues(seed, width));
  const none = new Float32Array();
  return [a ?? none, b ?? none, gamma ?? none, beta ?? none, dy ?? none];
}

function work({ rows, width, dropout }: Sizes, wanted?: readonly number[]) {
  const [a, b, gamma, beta, dy] = inputsOf({ rows, width });
  const matrix = [rows, width];
  return workOf(
    [
      [a, matrix],
      [b, matrix],
      [gamma, [width]],
      [beta, [width]],
    ],
    dy,
    ([x, y, g, c]) => {
      if (!x || !y || !g || !c) throw new Error('Four inputs are needed.');
      return addLayerNorm(x, y, g, c, EPSILON, dropout, ['here']);
    },
    wanted,
  );
}

/** y, then da, db, dγ, dβ by the definition, in float64. */
function reference({ rows, width, dropout }: Sizes): Float64Array[] {
  const [a, b, gamma, beta, dy] = inputsOf({ rows, width });
  const kept = new Float32Array(rows * width).fill(1);
  if (dropout) dropInPlace(kept, width, dropoutAt(dropout, 'here'));
  const [y, da, db] = [0, 1, 2].map(() => new Float64Array(rows * width));
  const [dGamma, dBeta] = [new Float64Array(width), new Float64Array(width)];
  if (!y || !da || !db) throw new Error('Three matrices are needed.');
  const columns = Array.from({ length: width }, (_, j) => j);
  for (let start = 0; start < rows * width; start += width) {
    const z = columns.map((j) => (a[start + j] ?? NaN) * (kept[start + j] ?? NaN) + (b[start + j] ?? NaN));
    const mean = z.reduce((sum, v) => sum + v, 0) / width;
    const r = 1 / Math.sqrt(z.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width + EPSILON);
    const hat = z.map((v) => (v - mean) * r);
    const g = columns.map((j) => (dy[start + j] ?? NaN) * (gamma[j] ?? NaN));
    const meanG = g.reduce((sum, v) => sum + v, 0) / width;
    const along = g.reduce((sum, v, j) => sum + v * (hat[j] ?? NaN), 0) / width;
    for (const j of columns) {
      const [n, d] = [hat[j] ?? NaN, dy[start + j] ?? NaN];
      y[start + j] = n * (gamma[j] ?? NaN) + (beta[j] ?? NaN);
      db[start + j] = r * ((g[j] ?? NaN) - meanG - n * along);
      da[start + j] = (db[start + j] ?? NaN) * (kept[start + j] ?? NaN);
      dGamma[j] = (dGamma[j] ?? NaN) + d * n;
      dBeta[j] = (dBeta[j] ?? NaN) + d;
    }
  }
  return [y, da, db, dGamma, dBeta];
}

describe.each(['webgpu', 'wasm'] as const)('addLayerNorm on %s', (backend) => {
  test.each([
    { rows: 1, width: 2 },
    { rows: 3, width: 63 },
    { rows: 2, width: 64 },
    { rows: 2, width: 65 },
    { rows: 37, width: 384, dropout: DROPOUT },
    { rows: 5, width: 576 },
    { rows: 3, width: 2000, dropout: DROPOUT },
    { rows: 65_535, width: 3 },
    { rows: 65_536, width: 3 },
    { rows: 65_537, width: 5, dropout: DROPOUT },
    { rows: 70_001, width: 3, dropout: DROPOUT },
  ])('is the definition in float64: $rows × $width, dropout $dropout.rate', async (sizes) => {
    await startBackend(backend);
    const { value, gradients } = await work(sizes);
    const [y, ...slopes] = reference(sizes);
    expect(deviation(value, y ?? new Float64Array())).toBeLessThan(1e-5);
    // Two columns may lie so close together that 1/σ is large: slopes are compared with their largest.
    slopes.forEach((slope, i) => expect(deviation(gradients[i] ?? new Float32Array(), slope)).toBeLessThan(1e-4));
  });

  test('no rows: empty result, gradients of γ and β zero', async () => {
    await startBackend(backend);
    const { value, gradients } = await work({ rows: 0, width: 5 });
    expect(value).toHaveLength(0);
    expect(gradients.map((gradient) => [...gradient])).toEqual([[], [], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]);
  });

  test('the same input gives the same bits', async () => {
    await startBackend(backend);
    const sizes = { rows: 700, width: 100, dropout: DROPOUT };
    expect(await work(sizes)).toEqual(await work(sizes));
  });
});

test.each([undefined, DROPOUT])('is one dispatch forward and two backward on WebGPU, dropout %o', async (dropout) => {
  await startBackend('webgpu');
  const { dispatches } = await work({ rows: 6, width: 384, ...(dropout && { dropout }) });
  expect(dispatches).toEqual({ forward: 1, backward: 2 });
});

test.each([undefined, DROPOUT])('frozen γ and β cost no dispatch and change no bit, dropout %o', async (dropout) => {
  for (const backend of ['webgpu', 'wasm'] as const) {
    await startBackend(backend);
    const sizes = { rows: 6, width: 384, ...(dropout && { dropout }) };
    const [all, some] = [await work(sizes), await work(sizes, [0, 1])];
    expect(some.gradients).toEqual(all.gradients.slice(0, 2));
    if (backend === 'webgpu') expect(some.dispatches).toEqual({ forward: 1, backward: 1 });
  }
});
