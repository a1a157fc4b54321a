/** A linear layer with an adapter, against its formula written out in float64. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { adapted, type Adaptation, adaptedParts } from '../../../src/engine/adapters/adapted-linear';
import { dropoutAt, dropoutMask } from '../../../src/engine/ops/dropout';
import { linear } from '../../../src/engine/ops/linear';
import { PackedMatrix } from '../../../src/engine/ops/packed-matrix';
import type { Weights } from '../../../src/engine/ops/parameters';
import { deviation, workOf } from '../../helpers/gpu-work';
import { randomValues } from '../../helpers/operations';
import { randomBlocks, turnedValues } from '../../helpers/packed-blocks';
import { startBackend, startPortable } from '../../helpers/tf-node';

const PATH = 'layers.3.q_proj';
const [ROWS, INPUTS, RANK, OUTPUTS] = [10, 32, 3, 8];
const LORA = { rank: RANK, alpha: 6, dropout: 0.25, rankStabilized: false };
const DROPOUT = { rate: 0.9, seed: 7, firstText: 3, tokens: 5 };

const VALUES = {
  x: randomValues(1, ROWS * INPUTS),
  weight: randomValues(2, INPUTS * OUTPUTS),
  bias: randomValues(3, OUTPUTS),
  a: randomValues(4, INPUTS * RANK),
  b: randomValues(5, RANK * OUTPUTS),
  dy: randomValues(6, ROWS * OUTPUTS),
};

/** Row-major matrix product, each side transposed first where that is asked for. */
function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [rows, inner, columns]: number[],
  turn = '',
): Float64Array {
  const [m = 0, k = 0, n = 0] = [rows, inner, columns];
  return Float64Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let l = 0; l < k; l++) {
      sum +=
        (a[turn.includes('a') ? l * m + i : i * k + l] ?? NaN) * (b[turn.includes('b') ? j * k + l : l * n + j] ?? NaN);
    }
    return sum;
  });
}

const sum = (a: Float64Array, b: ArrayLike<number>): Float64Array =>
  a.map((value, i) => value + (b[i % b.length] ?? NaN));

/** y, dx, dW, db, dA, dB; `mask` multiplies what goes into the adapter. */
function reference(mask: ArrayLike<number>, scaling: number): Float64Array[] {
  const { x, weight, bias, a, b, dy } = VALUES;
  const dropped = Float64Array.from(x, (value, i) => value * (mask[i] ?? NaN));
  const inner = product(dropped, a, [ROWS, INPUTS, RANK]).map((value) => scaling * value);
  const y = sum(sum(product(x, weight, [ROWS, INPUTS, OUTPUTS]), bias), product(inner, b, [ROWS, RANK, OUTPUTS]));
  const dInner = product(dy, b, [ROWS, OUTPUTS, RANK], 'b').map((value) => scaling * value);
  const dDropped = product(dInner, a, [ROWS, RANK, INPUTS], 'b').map((value, i) => value * (mask[i] ?? NaN));
  return [
    y,
    sum(product(dy, weight, [ROWS, OUTPUTS, INPUTS], 'b'), dDropped),
    product(x, dy, [INPUTS, ROWS, OUTPUTS], 'a'),
    product(new Float64Array(ROWS).fill(1), dy, [1, ROWS, OUTPUTS]),
    product(dropped, dInner, [INPUTS, ROWS, RANK], 'a'),
    product(inner, dy, [RANK, ROWS, OUTPUTS], 'a'),
  ];
}

function run(adaptation: Adaptation, given: Partial<typeof VALUES> = {}, wanted?: readonly number[]) {
  const { x, weight, bias, a, b, dy } = { ...VALUES, ...given };
  return workOf(
    [
      [x, [ROWS, INPUTS]],
      [weight, [INPUTS, OUTPUTS]],
      [bias, [OUTPUTS]],
      [a, [INPUTS, RANK]],
      [b, [RANK, OUTPUTS]],
    ],
    dy,
    ([input, ...parts]) => {
      const names = ['weight', 'bias', 'lora_A.weight', 'lora_B.weight'];
      const weights: Weights = new Map(names.flatMap((name, i) => (parts[i] ? [[`${PATH}.${name}`, parts[i]]] : [])));
      return adapted(input ?? tf.zeros([0]), weights, PATH, adaptation);
    },
    wanted,
  );
}

const ONES = new Float32Array(ROWS * INPUTS).fill(1);

describe.each(['wasm', 'webgpu', 'portable'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'portable') await startPortable();
    else await startBackend(backend);
  });

  test.each([
    { rankStabilized: false, scaling: 2 },
    { rankStabilized: true, scaling: 6 / Math.sqrt(3) },
  ])('values and all gradients are those of the formula, rank-stabilised: $rankStabilized', async (with_) => {
    const { value, gradients } = await run({ lora: { ...LORA, rankStabilized: with_.rankStabilized } });
    [value, ...gradients].forEach((got, i) => {
      expect(deviation(got, reference(ONES, with_.scaling)[i] ?? new Float64Array())).toBeLessThan(3e-6);
    });
  });

  test('dropout falls on what goes into the adapter alone, at its own rate, by the counter of the step', async () => {
    const mask = dropoutMask([ROWS, INPUTS], dropoutAt({ ...DROPOUT, rate: LORA.dropout }, PATH, 'adapter'));
    const zeros = (await mask.data()).filter((value) => value === 0).length / mask.size;
    expect(Math.abs(zeros - LORA.dropout)).toBeLessThan(0.1);
    const { value, gradients } = await run({ lora: LORA, dropout: DROPOUT });
    const expected = reference(Float32Array.from(await mask.data()), 2);
    mask.dispose();
    [value, ...gradients].forEach((got, i) => {
      expect(deviation(got, expected[i] ?? new Float64Array())).toBeLessThan(3e-6);
    });
  });

  test('of all gradients those that are wanted come, the same bits', async () => {
    const all = await run({ lora: LORA, dropout: DROPOUT });
    for (const wanted of [[3, 4], [0, 3, 4], [4], [0]]) {
      const some = await run({ lora: LORA, dropout: DROPOUT }, {}, wanted);
      expect(some.gradients).toEqual(wanted.map((i) => all.gradients[i]));
    }
  });

  test('an adapter whose B is zero changes no bit; without one it is the layer', async () => {
    const { value } = await run({ lora: LORA }, { b: new Float32Array(RANK * OUTPUTS) });
    const { x, weight, bias, dy } = VALUES;
    const layer = (run_: (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) => tf.Tensor) =>
      workOf(
        [
          [x, [ROWS, INPUTS]],
          [weight, [INPUTS, OUTPUTS]],
          [bias, [OUTPUTS]],
        ],
        dy,
        ([input, matrix, moved]) => {
          if (!input || !matrix || !moved) throw new Error('Three inputs are needed.');
          return run_(input, matrix, moved);
        },
      );
    const plain = await layer((input, matrix, moved) => linear(input, { weight: matrix, bias: moved }));
    const without = await layer((input, matrix, moved) => {
      const weights: Weights = new Map([
        [`${PATH}.weight`, matrix],
        [`${PATH}.bias`, moved],
      ]);
      return adapted(input, weights, PATH, { lora: LORA });
    });
    expect(value).toEqual(plain.value);
    expect(without).toEqual(plain);
  });

  test('modules whose matrices lie side by side have their adapters each in its own columns', async () => {
    // The second of two has none.
    const half = OUTPUTS / 2;
    const b = VALUES.b.slice(0, RANK * half);
    const { value, gradients } = await workOf(
      [
        [VALUES.x, [ROWS, INPUTS]],
        [VALUES.weight, [INPUTS, OUTPUTS]],
        [VALUES.a, [INPUTS, RANK]],
        [b, [RANK, half]],
      ],
      VALUES.dy,
      ([x, weight, a, second]) => {
        if (!x || !weight || !a || !second) throw new Error('Four inputs are needed.');
        const weights: Weights = new Map([
          ['qkv.weight', weight],
          ['key.lora_A.weight', a],
          ['key.lora_B.weight', second],
        ]);
        return adaptedParts(x, weights, 'qkv', ['query', 'key'], { lora: LORA });
      },
    );
    // The same as one adapter whose B is zero for the first half.
    const wide = new Float32Array(RANK * OUTPUTS);
    for (let i = 0; i < RANK * half; i++) wide[Math.floor(i / half) * OUTPUTS + half + (i % half)] = b[i] ?? NaN;
    const one = await run({ lora: LORA }, { b: wide, bias: new Float32Array(OUTPUTS) });
    expect(deviation(value, Float64Array.from(one.value))).toBeLessThan(1e-6);
    const [dx, dWeight, , dA, dB] = one.gradients;
    const own = (dB ?? new Float32Array()).filter((_, i) => i % OUTPUTS >= half);
    [dx, dWeight, dA, own].forEach((expected, i) => {
      expect(deviation(gradients[i] ?? new Float32Array(), Float64Array.from(expected ?? []))).toBeLessThan(1e-6);
    });
  });

  test('an adapter that nothing says how to scale is an error, and so is a layer that is not there', () => {
    const weights: Weights = new Map([
      [`${PATH}.weight`, tf.zeros([2, 2])],
      [`${PATH}.lora_A.weight`, tf.zeros([2, 1])],
    ]);
    const x = tf.zeros([1, 2]);
    expect(() => tf.tidy(() => adapted(x, weights, PATH))).toThrow('nothing says how it is scaled');
    expect(() => tf.tidy(() => adapted(x, weights, 'other'))).toThrow('other.weight');
    tf.dispose([x, ...weights.values()].flatMap((tensor) => (tensor instanceof tf.Tensor ? tensor : [])));
  });
});

describe('on webgpu', () => {
  beforeAll(() => startBackend('webgpu'));

  test('a frozen weight in blocks gives what it gives in float32', async () => {
    const bytes = randomBlocks(1, OUTPUTS, INPUTS);
    const packed = new PackedMatrix('q4_0', bytes, [OUTPUTS, INPUTS]);
    const plain = tf.tensor(turnedValues(bytes, OUTPUTS, INPUTS), [INPUTS, OUTPUTS]);
    const work = (weight: tf.Tensor | PackedMatrix) =>
      workOf(
        [
          [VALUES.x, [ROWS, INPUTS]],
          [VALUES.a, [INPUTS, RANK]],
          [VALUES.b, [RANK, OUTPUTS]],
        ],
        VALUES.dy,
        ([x, a, b]) => {
          if (!x || !a || !b) throw new Error('Three inputs are needed.');
          const weights: Weights = new Map([
            [`${PATH}.weight`, weight],
            [`${PATH}.lora_A.weight`, a],
            [`${PATH}.lora_B.weight`, b],
          ]);
          return adapted(x, weights, PATH, { lora: LORA });
        },
      );
    expect(await work(packed)).toEqual(await work(plain));
    packed.dispose();
    plain.dispose();
  });

  test('is three dispatches forward; a frozen weight and a frozen input cost none backward', async () => {
    const all = await run({ lora: LORA });
    // dX of the layer, dH, what that adds to dX, dA and dB, dW and db in one.
    expect(all.dispatches).toEqual({ forward: 3, backward: 6 });
    expect((await run({ lora: LORA }, {}, [0, 3, 4])).dispatches.backward).toBe(5);
    expect((await run({ lora: LORA }, {}, [3, 4])).dispatches.backward).toBe(3);
    expect((await run({ lora: LORA }, {}, [4])).dispatches.backward).toBe(1);
  });
});
