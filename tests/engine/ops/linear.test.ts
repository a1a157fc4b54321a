import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { feedForward, linear } from '../../../src/engine/ops/linear';
import type { Activation } from '../../../src/engine/ops/activation';
import { deviation, workOf } from '../../helpers/gpu-work';
import { gelu, geluSlope } from '../../helpers/gaussian';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

checkOperation('linear', { shapes: [[5, 6], [6, 9], [9]], run: (x) => linear(x(0), { weight: x(1), bias: x(2) }) });
checkOperation('linear without bias', {
  shapes: [
    [5, 6],
    [6, 20],
  ],
  run: (x) => linear(x(0), { weight: x(1) }, 'silu'),
});
checkOperation('linear with GELU', {
  shapes: [[5, 6], [6, 9], [9]],
  run: (x) => linear(x(0), { weight: x(1), bias: x(2) }, 'gelu'),
});
checkOperation('linear with SiLU', {
  shapes: [[5, 8], [8, 4], [4]],
  run: (x) => linear(x(0), { weight: x(1), bias: x(2) }, 'silu'),
});

// Wider than a tile of the transpose, and no multiple of it.
checkOperation('linear, larger', {
  shapes: [[33, 40], [40, 3], [3]],
  run: (x) => linear(x(0), { weight: x(1), bias: x(2) }),
});

checkOperation('feedForward', {
  shapes: [[5, 6], [6, 8], [8], [8, 3], [3]],
  run: (x) => feedForward(x(0), { weight: x(1), bias: x(2) }, { weight: x(3), bias: x(4) }, 'gelu'),
});

checkOperation('feedForward without biases', {
  shapes: [
    [5, 6],
    [6, 24],
    [24, 3],
  ],
  run: (x) => feedForward(x(0), { weight: x(1) }, { weight: x(2) }, 'silu'),
});

interface Sizes {
  rows: number;
  inputs: number;
  outputs: number;
  activation?: Activation;
}

function inputsOf({ rows, inputs, outputs }: Sizes) {
  return {
    x: randomValues(1, rows * inputs),
    weight: randomValues(2, inputs * outputs),
    bias: randomValues(3, outputs),
    dy: randomValues(4, rows * outputs),
  };
}

function work(sizes: Sizes, wanted?: readonly number[]) {
  const { rows, inputs, outputs, activation } = sizes;
  const { x, weight, bias, dy } = inputsOf(sizes);
  return workOf(
    [
      [x, [rows, inputs]],
      [weight, [inputs, outputs]],
      [bias, [outputs]],
    ],
    dy,
    ([a, w, b]) => {
      if (!a || !w || !b) throw new Error('Three inputs are needed.');
      return linear(a, { weight: w, bias: b }, activation);
    },
    wanted,
  );
}

const SILU = (x: number): number => x / (1 + Math.exp(-x));
const SILU_SLOPE = (x: number): number => {
  const s = 1 / (1 + Math.exp(-x));
  return s * (1 + x * (1 - s));
};

/** y, dX, dW, db by the definition, in float64. */
function reference(sizes: Sizes): Float64Array[] {
  const { rows, inputs, outputs, activation } = sizes;
  const { x, weight, bias, dy } = inputsOf(sizes);
  const [y, dx] = [new Float64Array(rows * outputs), new Float64Array(rows * inputs)];
  const [dWeight, dBias] = [new Float64Array(inputs * outputs), new Float64Array(outputs)];
  const z = new Float64Array(outputs);
  for (let row = 0; row < rows; row++) {
    z.set(bias);
    for (let i = 0; i < inputs; i++) {
      const value = x[row * inputs + i] ?? NaN;
      for (let j = 0; j < outputs; j++) z[j] = (z[j] ?? NaN) + value * (weight[i * outputs + j] ?? NaN);
    }
    for (let j = 0; j < outputs; j++) {
      const before = z[j] ?? NaN;
      const [value, slope] =
        activation === undefined
          ? [before, 1]
          : activation === 'gelu'
            ? [gelu(before), geluSlope(before)]
            : [SILU(before), SILU_SLOPE(before)];
      y[row * outputs + j] = value;
      z[j] = (dy[row * outputs + j] ?? NaN) * slope;
      dBias[j] = (dBias[j] ?? NaN) + (z[j] ?? NaN);
    }
    for (let i = 0; i < inputs; i++) {
      const value = x[row * inputs + i] ?? NaN;
      let sum = 0;
      for (let j = 0; j < outputs; j++) {
        const d = z[j] ?? NaN;
        sum += d * (weight[i * outputs + j] ?? NaN);
        dWeight[i * outputs + j] = (dWeight[i * outputs + j] ?? NaN) + value * d;
      }
      dx[row * inputs + i] = sum;
    }
  }
  return [y, dx, dWeight, dBias];
}

describe.each(['webgpu', 'wasm'] as const)('linear on %s', (backend) => {
  test.each<Sizes>([
    { rows: 1, inputs: 1, outputs: 1, activation: 'gelu' },
    { rows: 1, inputs: 384, outputs: 6 },
    { rows: 17, inputs: 31, outputs: 65, activation: 'silu' },
    { rows: 65, inputs: 64, outputs: 63, activation: 'gelu' },
    { rows: 128, inputs: 12, outputs: 512, activation: 'gelu' },
    { rows: 600, inputs: 8, outputs: 448 },
    { rows: 9, inputs: 1999, outputs: 7, activation: 'gelu' },
    { rows: 5, inputs: 2000, outputs: 8 },
    { rows: 3, inputs: 4096, outputs: 5 },
    { rows: 4, inputs: 5, outputs: 4096 },
    { rows: 5, inputs: 20, outputs: 9001 },
    { rows: 2000, inputs: 4, outputs: 3 },
    { rows: 65_535, inputs: 3, outputs: 2 },
    { rows: 65_536, inputs: 2, outputs: 4 },
    { rows: 65_537, inputs: 4, outputs: 4, activation: 'gelu' },
    { rows: 70_001, inputs: 5, outputs: 3, activation: 'silu' },
  ])('is the definition in float64: $rows × $inputs × $outputs, $activation', async (sizes) => {
    await startBackend(backend);
    const { value, gradients } = await work(sizes);
    const [y, ...slopes] = reference(sizes);
    expect(deviation(value, y ?? new Float64Array())).toBeLessThan(5e-6);
    slopes.forEach((slope, i) => expect(deviation(gradients[i] ?? new Float32Array(), slope)).toBeLessThan(1e-5));
  });
});

describe('linear on webgpu', () => {
  test.each<Sizes>([
    { rows: 0, inputs: 5, outputs: 3, activation: 'gelu' },
    { rows: 5, inputs: 0, outputs: 4, activation: 'silu' },
    { rows: 0, inputs: 0, outputs: 2 },
    { rows: 3, inputs: 4, outputs: 0, activation: 'gelu' },
  ])('sums of nothing are zero: $rows × $inputs × $outputs', async (sizes) => {
    await startBackend('webgpu');
    const { value, gradients } = await work(sizes);
    const [y, ...slopes] = reference(sizes);
    expect(deviation(value, y ?? new Float64Array())).toBeLessThan(1e-6);
    slopes.forEach((slope, i) => expect(deviation(gradients[i] ?? new Float32Array(), slope)).toBeLessThan(1e-6));
  });

  test.each<Sizes>([
    { rows: 700, inputs: 100, outputs: 52, activation: 'gelu' },
    { rows: 9000, inputs: 9, outputs: 7 },
  ])('the same input gives the same bits: $rows × $inputs × $outputs', async (sizes) => {
    await startBackend('webgpu');
    expect(await work(sizes)).toEqual(await work(sizes));
  });

  test('is one dispatch forward and two backward, one more for an activation', async () => {
    await startBackend('webgpu');
    const sizes = { rows: 64, inputs: 384, outputs: 96 };
    expect((await work(sizes)).dispatches).toEqual({ forward: 1, backward: 2 });
    expect((await work({ ...sizes, activation: 'gelu' })).dispatches).toEqual({ forward: 1, backward: 3 });
  });

  test('two layers with an activation between them take no dispatch more than two without', async () => {
    await startBackend('webgpu');
    const shapes = [[64, 96], [96, 384], [384], [384, 96], [96]];
    const inputs = shapes.map((shape, i) => {
      const size = shape.reduce((product, side) => product * side, 1);
      return [randomValues(i + 1, size), shape] as const;
    });
    const { dispatches } = await workOf(inputs, randomValues(9, 64 * 96), ([a, w1, b1, w2, b2]) => {
      if (!a || !w1 || !b1 || !w2 || !b2) throw new Error('Five inputs are needed.');
      return feedForward(a, { weight: w1, bias: b1 }, { weight: w2, bias: b2 }, 'gelu');
    });
    expect(dispatches).toEqual({ forward: 2, backward: 4 });
  });

  test.each([
    { wanted: [0, 1, 2], backward: 2 },
    { wanted: [0], backward: 1 },
    { wanted: [1, 2], backward: 1 },
    { wanted: [1], backward: 1 },
    { wanted: [2], backward: 1 },
  ])(
    'what is frozen costs no dispatch: of input, weight, bias $wanted cost $backward',
    async ({ wanted, backward }) => {
      await startBackend('webgpu');
      // So many rows that a weight's gradient is cut in parts, which are summed by a dispatch of their own.
      for (const [rows, more] of [
        [64, 0],
        [2048, 1],
      ] as const) {
        const sizes = { rows, inputs: 48, outputs: 96 };
        const [all, some] = [await work(sizes), await work(sizes, wanted)];
        const sums = more * [1, 2].filter((i) => wanted.includes(i) && wanted.includes(1)).length;
        expect(some.dispatches).toEqual({ forward: 1, backward: backward + sums });
        // A bias alone is summed in another order.
        if (wanted.join() !== '2') expect(some.gradients).toEqual(wanted.map((i) => all.gradients[i]));
      }
    },
  );

  test.each([
    { wanted: [3, 4], backward: 1 },
    { wanted: [1, 2], backward: 2 },
    { wanted: [0], backward: 2 },
    { wanted: [0, 1, 2, 3, 4], backward: 4 },
  ])('nor in two layers: of input, weights and biases $wanted cost $backward', async ({ wanted, backward }) => {
    await startBackend('webgpu');
    const shapes = [[64, 96], [96, 384], [384], [384, 96], [96]];
    const inputs = shapes.map(
      (shape, i) =>
        [
          randomValues(
            i + 1,
            shape.reduce((a, b) => a * b),
          ),
          shape,
        ] as const,
    );
    const run = ([a, w1, b1, w2, b2]: tf.Tensor[]) => {
      if (!a || !w1 || !b1 || !w2 || !b2) throw new Error('Five inputs are needed.');
      return feedForward(a, { weight: w1, bias: b1 }, { weight: w2, bias: b2 }, 'gelu');
    };
    const all = await workOf(inputs, randomValues(9, 64 * 96), run);
    const some = await workOf(inputs, randomValues(9, 64 * 96), run, wanted);
    expect(some.dispatches).toEqual({ forward: 2, backward });
    expect(some.gradients).toEqual(wanted.map((i) => all.gradients[i]));
  });
});

describe.each(['webgpu', 'wasm'] as const)('a layer without bias on %s', (backend) => {
  test.each<Sizes>([
    { rows: 33, inputs: 40, outputs: 52, activation: 'silu' },
    { rows: 33, inputs: 40, outputs: 6 },
  ])('is to the bit one whose bias is zero: $outputs outputs, $activation', async (sizes) => {
    await startBackend(backend);
    const { rows, inputs, outputs, activation } = sizes;
    const { x, weight, dy } = inputsOf(sizes);
    const given: [Float32Array, number[]][] = [
      [x, [rows, inputs]],
      [weight, [inputs, outputs]],
    ];
    const run = (bias: boolean) =>
      workOf(given, dy, ([a, w]) => {
        if (!a || !w) throw new Error('Two inputs are needed.');
        return linear(a, { weight: w, ...(bias && { bias: tf.zeros([outputs]) }) }, activation);
      });
    const [without, zero] = [await run(false), await run(true)];
    expect(without.value).toEqual(zero.value);
    expect(without.gradients).toEqual(zero.gradients);
  });
});
