/** Products whose weight stays in blocks on the GPU, against the same products with the weight in float32. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { webGpu } from '../../../src/engine/device/gpu';
import type { BlockTypeId } from '../../../src/engine/kernels/packed-blocks';
import { LARGEST_TILE, withTile } from '../../../src/engine/ops/webgpu/linear';
import { gpuUnpack } from '../../../src/engine/ops/webgpu/unpack';
import { feedForward, linear } from '../../../src/engine/ops/linear';
import { PackedMatrix } from '../../../src/engine/ops/packed-matrix';
import { countDispatches, deviation, workOf } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { randomValues } from '../../helpers/operations';
import { randomBlocks, turnedValues } from '../../helpers/packed-blocks';
import { startBackend, startPortable } from '../../helpers/tf-node';

/** The same matrix both ways. */
function both(
  seed: number,
  inputs: number,
  outputs: number,
  type: BlockTypeId = 'q4_0',
): [packed: PackedMatrix, plain: tf.Tensor] {
  const bytes = randomBlocks(seed, outputs, inputs, 1, type);
  return [
    new PackedMatrix(type, bytes, [outputs, inputs]),
    tf.tensor(turnedValues(bytes, outputs, inputs, type), [inputs, outputs]),
  ];
}

const sizesFor = (type: BlockTypeId) => (type === 'q4_0' ? ALL_SIZES : ALL_SIZES.slice(0, 4));

const TYPES = ['q4_0', 'q4_1', 'q8_0'] as const;

/** The last is compared for one type alone: it takes long. */
const ALL_SIZES = [
  { rows: 1, inputs: 32, outputs: 4 },
  { rows: 5, inputs: 384, outputs: 8 },
  { rows: 5, inputs: 384, outputs: 20 },
  { rows: 70, inputs: 96, outputs: 132 },
  { rows: 130, inputs: 384, outputs: 1152 },
];

describe.each(TYPES)('a packed weight of %s on webgpu', (type) => {
  beforeAll(() => startBackend('webgpu'));

  test.each(sizesFor(type))(
    'unpacked, it is that of the file to the bit: $inputs × $outputs',
    async ({ inputs, outputs }) => {
      const [packed, plain] = both(1, inputs, outputs, type);
      const gpu = webGpu();
      if (!gpu) throw new Error('No GPU.');
      const unpacked = gpuUnpack(gpu, packed);
      expect(unpacked.shape).toEqual([inputs, outputs]);
      expect(packed.shape).toEqual([inputs, outputs]);
      expect(await takeValues(unpacked)).toEqual(await takeValues(plain));
      packed.dispose();
    },
  );

  test.each(sizesFor(type))(
    'gives what it gives in float32, and so do gradients that go back through it: $rows × $inputs × $outputs',
    async ({ rows, inputs, outputs }) => {
      const [packed, plain] = both(1, inputs, outputs, type);
      const given = [
        [randomValues(2, rows * inputs), [rows, inputs]],
        [randomValues(3, outputs), [outputs]],
      ] as const;
      const dy = randomValues(4, rows * outputs);
      for (const activation of [undefined, 'gelu'] as const) {
        const run = (weight: tf.Tensor | PackedMatrix) =>
          workOf(
            given.map(([values, shape]) => [values, [...shape]] as const),
            dy,
            ([x, bias]) => {
              if (!x || !bias) throw new Error('Two inputs are needed.');
              return linear(x, { weight, bias }, activation);
            },
          );
        const [ours, theirs] = [await run(packed), await run(plain)];
        if (outputs >= 16 || activation !== undefined) {
          expect(ours).toEqual(theirs);
          continue;
        }
        // A narrow layer in float32 has a program of its own, whose sums have another order.
        expect(ours.dispatches).toEqual(theirs.dispatches);
        expect(deviation(ours.value, Float64Array.from(theirs.value))).toBeLessThan(1e-6);
        ours.gradients.forEach((gradient, i) => {
          const other = Float64Array.from(theirs.gradients[i] ?? []);
          expect(deviation(gradient, other)).toBeLessThan(1e-6);
        });
      }
      packed.dispose();
      plain.dispose();
    },
  );

  test('in the largest tile too, whose edges stick out of the matrix', async () => {
    const [packed, plain] = both(5, 64, 100, type);
    const x = tf.tensor(randomValues(6, 70 * 64), [70, 64]);
    await withTile(LARGEST_TILE, async () => {
      const values = (weight: tf.Tensor | PackedMatrix) => takeValues(tf.tidy(() => linear(x, { weight })));
      expect(await values(packed)).toEqual(await values(plain));
    });
    tf.dispose([x, plain]);
    packed.dispose();
  });

  test('two layers, both packed: values, the gradient of the input and of the biases; no dispatch more', async () => {
    const [rows, inner] = [33, 256];
    const [first, plainFirst] = both(1, 64, inner, type);
    const [second, plainSecond] = both(2, inner, 64, type);
    const given = [
      [randomValues(3, rows * 64), [rows, 64]],
      [randomValues(4, inner), [inner]],
      [randomValues(5, 64), [64]],
    ] as const;
    const run = (one: tf.Tensor | PackedMatrix, two: tf.Tensor | PackedMatrix) =>
      workOf(
        given.map(([values, shape]) => [values, [...shape]] as const),
        randomValues(6, rows * 64),
        ([x, b1, b2]) => {
          if (!x || !b1 || !b2) throw new Error('Three inputs are needed.');
          return feedForward(x, { weight: one, bias: b1 }, { weight: two, bias: b2 }, 'gelu');
        },
      );
    expect(await run(first, second)).toEqual(await run(plainFirst, plainSecond));
    tf.dispose([plainFirst, plainSecond]);
    first.dispose();
    second.dispose();
  });
});

describe('a packed weight of q4_0 on webgpu', () => {
  beforeAll(() => startBackend('webgpu'));

  test('takes a sixth of the bytes, is one dispatch, and is the same bits each time', async () => {
    const gpu = webGpu();
    gpu?.releaseFree();
    const before = gpu?.bytes().used ?? 0;
    const [inputs, outputs] = [384, 1536];
    const packed = new PackedMatrix('q4_0', randomBlocks(1, outputs, inputs), [outputs, inputs]);
    const bytes = (gpu?.bytes().used ?? 0) - before;
    // 20 bytes for 32 values, and what buffers are rounded up by.
    expect(bytes).toBeGreaterThanOrEqual((20 / 32) * inputs * outputs);
    expect(bytes).toBeLessThan(1.13 * (20 / 32) * inputs * outputs);
    const x = tf.tensor(randomValues(1, 40 * inputs), [40, inputs]);
    const run = () => countDispatches(() => tf.tidy(() => linear(x, { weight: packed })));
    const [one, two] = [run(), run()];
    expect([one.count, two.count]).toEqual([1, 1]);
    expect(await takeValues(one.result)).toEqual(await takeValues(two.result));
    x.dispose();
    packed.dispose();
    expect(gpu?.bytes().used).toBe(before);
  });
});

describe.each(TYPES)('a packed weight of %s on wasm', (type) => {
  beforeAll(() => startBackend('wasm'));

  test.each([...ALL_SIZES.slice(0, 4), { rows: 6, inputs: 1056, outputs: 68 }, { rows: 4, inputs: 64, outputs: 2100 }])(
    'gives what it gives in float32, and so do gradients that go back through it: $rows × $inputs × $outputs',
    async ({ rows, inputs, outputs }) => {
      const [packed, plain] = both(1, inputs, outputs, type);
      const given = [
        [randomValues(2, rows * inputs), [rows, inputs]],
        [randomValues(3, outputs), [outputs]],
      ] as const;
      const run = (weight: tf.Tensor | PackedMatrix, bias: boolean) =>
        workOf(
          given.slice(0, bias ? 2 : 1).map(([values, shape]) => [values, [...shape]] as const),
          randomValues(4, rows * outputs),
          ([x, b]) => {
            if (!x) throw new Error('An input is needed.');
            return linear(x, { weight, ...(b && { bias: b }) });
          },
        );
      for (const bias of [true, false]) {
        const [ours, theirs] = [await run(packed, bias), await run(plain, bias)];
        // Few rows are summed from the blocks, with the row rounded to 16 bits; more go through tiles, to the same bits.
        if (rows > 4) expect(ours).toEqual(theirs);
        else {
          expect(ours.gradients).toEqual(theirs.gradients);
          expect(deviation(ours.value, Float64Array.from(theirs.value))).toBeLessThan(1e-4);
          expect(ours.value).not.toEqual(new Float32Array(ours.value.length));
        }
      }
      packed.dispose();
      plain.dispose();
    },
  );

  test('what is no number stays none, in few rows too', async () => {
    const [packed, plain] = both(1, 64, 4, type);
    for (const wrong of [NaN, Infinity]) {
      const x = tf.tensor2d(randomValues(1, 64).fill(wrong, 7, 8), [1, 64]);
      const values = await takeValues(tf.tidy(() => linear(x, { weight: packed })));
      expect([...values].some(Number.isFinite)).toBe(false);
      x.dispose();
    }
    plain.dispose();
    packed.dispose();
  });

  test('takes the bytes of its blocks', async () => {
    const before = tf.memory().numBytes;
    const packed = new PackedMatrix(type, randomBlocks(1, 64, 96, 1, type), [64, 96]);
    expect(tf.memory().numBytes - before).toBe((64 * 96 * (type === 'q8_0' ? 36 : 24)) / 32);
    packed.dispose();
  });
});

test('a packed weight on a backend that has no product for it is an error', async () => {
  await startPortable();
  const packed = new PackedMatrix('q4_0', randomBlocks(1, 4, 32), [4, 32]);
  const x = tf.zeros([2, 32]);
  expect(() => linear(x, { weight: packed })).toThrow('has no product for it');
  packed.dispose();
  x.dispose();
});
