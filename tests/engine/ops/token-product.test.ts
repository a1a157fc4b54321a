/** Against the same products one by one in float64. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../../src/engine/device/select';
import { type Gpu, webGpu } from '../../../src/engine/device/gpu';
import type { BlockTypeId } from '../../../src/engine/kernels/packed-blocks';
import { PackedMatrix } from '../../../src/engine/ops/packed-matrix';
import {
  disposeTokenProduct,
  gpuTokenProduct,
  prepareTokenProduct,
  type TokenPart,
} from '../../../src/engine/ops/webgpu/token-product';
import { difference, takeValues } from '../../helpers/minilm-parity';
import { randomValues } from '../../helpers/operations';
import { randomBlocks, turnedValues } from '../../helpers/packed-blocks';
import { startBackend } from '../../helpers/tf-node';

let device: Device;
let gpu: Gpu;
beforeAll(async () => {
  device = await startBackend('webgpu');
  const found = webGpu();
  if (!found) throw new Error('no GPU');
  gpu = found;
});

const INPUTS = 64;
const EPSILON = 1e-5;

/** A matrix with a bias and an adapter, and its product with a row. */
interface Sample {
  part: TokenPart;
  of(row: readonly number[]): number[];
}

function sample(seed: number, type: BlockTypeId | 'float' | 'table', outputs: number, rank: number): Sample {
  const packed = type === 'float' || type === 'table' ? null : randomBlocks(seed, outputs, INPUTS, 0.5, type);
  // [inputs, outputs]
  const values =
    packed && type !== 'float' && type !== 'table'
      ? turnedValues(packed, outputs, INPUTS, type)
      : randomValues(seed, INPUTS * outputs);
  const [bias, a, b] = [
    randomValues(seed + 1, outputs),
    randomValues(seed + 2, INPUTS * rank),
    randomValues(seed + 3, rank * outputs),
  ];
  const tensor = tf.tensor2d(values, [INPUTS, outputs]);
  const weight =
    packed && type !== 'float' && type !== 'table'
      ? new PackedMatrix(type, packed, [outputs, INPUTS])
      : type === 'table'
        ? tf.transpose(tensor)
        : tensor;
  return {
    part: {
      weight,
      outputsFirst: type === 'table',
      bias: tf.tensor1d(bias),
      ...(rank > 0 && {
        adapter: { a: tf.tensor2d(a, [INPUTS, rank]), b: tf.tensor2d(b, [rank, outputs]), scaling: 0.5 },
      }),
    },
    of: (row) =>
      Array.from({ length: outputs }, (_, output) => {
        let sum = bias[output] ?? NaN;
        row.forEach((x, i) => (sum += x * (values[i * outputs + output] ?? NaN)));
        for (let r = 0; r < rank; r++) {
          let inner = 0;
          row.forEach((x, i) => (inner += x * (a[i * rank + r] ?? NaN)));
          sum += 0.5 * inner * (b[r * outputs + output] ?? NaN);
        }
        return sum;
      }),
  };
}

/** Two rows, and the same through RMSNorm with a γ. */
const x = randomValues(1, 2 * INPUTS);
const gamma = randomValues(2, INPUTS);
const rows = [0, 1].map((row) => [...x.subarray(row * INPUTS, (row + 1) * INPUTS)]);
const normed = rows.map((row) => {
  const scale = 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / INPUTS + EPSILON);
  return row.map((value, i) => value * scale * (gamma[i] ?? NaN));
});
const silu = (value: number): number => value / (1 + Math.exp(-value));

test.each([
  // Ranks that are no whole fours, none at all, and more than go through workgroup memory at once.
  ['blocks of one kind', ['q4_1', 'q4_1', 'q4_1'], [40, 0, 3]],
  ['matrices that lie in two ways', ['q8_0', 'table', 'q8_0'], [2, 5, 4]],
] as const)('%s: side by side, with SwiGLU, and added to what there is', async (_name, types, ranks) => {
  const outputs = [36, 8, 36];
  const samples = types.map((type, i) => sample(10 * (i + 1), type, outputs[i] ?? 0, ranks[i] ?? 0));
  const parts = samples.map(({ part }) => part);
  const norm = { gamma: tf.tensor1d(gamma), epsilon: EPSILON };
  const input = tf.tensor2d(x, [2, INPUTS]);

  const together = prepareTokenProduct(parts, norm);
  const beside = await takeValues(gpuTokenProduct(gpu, input, together));
  expect(
    difference(
      beside,
      normed.flatMap((row) => samples.flatMap(({ of }) => of(row))),
    ),
  ).toBeLessThan(1e-4);

  // Of matrices of one width.
  const [first, , third] = samples;
  if (!first || !third) throw new Error('no samples');
  const gated = prepareTokenProduct([first.part, third.part], norm);
  const product = await takeValues(gpuTokenProduct(gpu, input, gated, { swiGlu: true }));
  const expected = normed.flatMap((row) => {
    const ups = third.of(row);
    return first.of(row).map((gate, i) => silu(gate) * (ups[i] ?? NaN));
  });
  expect(difference(product, expected)).toBeLessThan(2e-4);

  const alone = prepareTokenProduct([third.part]);
  const residual = randomValues(3, 2 * 36);
  const sum = await takeValues(gpuTokenProduct(gpu, input, alone, { residual: tf.tensor2d(residual, [2, 36]) }));
  expect(
    difference(
      sum,
      rows.flatMap(third.of).map((value, i) => value + (residual[i] ?? NaN)),
    ),
  ).toBeLessThan(1e-4);

  for (const one of [together, gated, alone]) disposeTokenProduct(one);
  await device.guard.check();
});
