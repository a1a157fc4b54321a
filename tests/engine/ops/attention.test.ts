import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { attention } from '../../../src/engine/ops/attention';
import { attentionShape } from '../../../src/engine/ops/attention-shape';
import { dropoutAt, probabilityStart, randomBits } from '../../../src/engine/ops/dropout';
import { gradientsOf } from '../../../src/engine/ops/gradients';
import { attentionReference } from '../../helpers/attention-reference';
import { deviation, workOf, type Work } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend, startPortable } from '../../helpers/tf-node';

const DROPOUT = { rate: 0.3, seed: 4, firstText: 21 };

interface Sizes {
  batch: number;
  tokens: number;
  heads: number;
  headSize: number;
  lengths: Int32Array;
  keyValueHeads?: number;
  causal?: boolean;
  dropout?: typeof DROPOUT;
}

function run(qkv: tf.Tensor, { heads, headSize, keyValueHeads, causal, dropout, ...rows }: Sizes): tf.Tensor {
  const options = { ...(keyValueHeads && { keyValueHeads }), ...(causal && { causal }) };
  return attention(qkv, attentionShape(rows, heads, headSize, options), dropout, ['here']);
}

const small: Sizes = { batch: 2, tokens: 5, heads: 3, headSize: 4, lengths: Int32Array.of(5, 3) };

checkOperation('attention', { shapes: [[10, 36]], run: (x) => run(x(0), small) });
checkOperation('attention with dropout', {
  shapes: [[10, 36]],
  run: (x) => run(x(0), { ...small, dropout: DROPOUT }),
});
const shared: Sizes = { ...small, heads: 4, keyValueHeads: 2, causal: true };
checkOperation('causal attention with shared keys', { shapes: [[10, 32]], run: (x) => run(x(0), shared) });
checkOperation('causal attention with shared keys and dropout', {
  shapes: [[10, 32]],
  run: (x) => run(x(0), { ...shared, dropout: DROPOUT }),
});

const BACKENDS = {
  webgpu: () => startBackend('webgpu'),
  wasm: () => startBackend('wasm'),
  portable: startPortable,
};

/** Inputs in ±4: scores far enough apart that weights are not all alike. */
function inputsOf(sizes: Sizes): [qkv: Float32Array, dy: Float32Array] {
  const rows = sizes.batch * sizes.tokens;
  const dy = randomValues(2, rows * sizes.heads * sizes.headSize);
  return [randomValues(1, rows * widthOf(sizes)).map((x) => 4 * x), dy];
}

function widthOf({ heads, headSize, keyValueHeads = heads }: Sizes): number {
  return (heads + 2 * keyValueHeads) * headSize;
}

function work(sizes: Sizes): Promise<Work> {
  const [qkv, dy] = inputsOf(sizes);
  const shape = [sizes.batch * sizes.tokens, widthOf(sizes)];
  return workOf([[qkv, shape]], dy, ([x]) => {
    if (x === undefined) throw new Error('There is no input.');
    return run(x, sizes);
  });
}

const full = (batch: number, tokens: number) => new Int32Array(batch).fill(tokens);

describe.each([
  ['no texts', { batch: 0, tokens: 8, heads: 1, headSize: 4, lengths: full(0, 8) }],
  ['one token', { batch: 1, tokens: 1, heads: 1, headSize: 4, lengths: full(1, 1) }],
  [
    'an odd head, rows of 13, 1 and 7 tokens, dropout',
    { batch: 3, tokens: 13, heads: 2, headSize: 5, lengths: Int32Array.of(13, 1, 7), dropout: DROPOUT },
  ],
  [
    'heads of 32, blocks that end within a row',
    { batch: 2, tokens: 70, heads: 2, headSize: 32, lengths: Int32Array.of(70, 33) },
  ],
  ['512 tokens', { batch: 1, tokens: 512, heads: 1, headSize: 32, lengths: full(1, 500) }],
  [
    '1,030 tokens, dropout',
    { batch: 1, tokens: 1030, heads: 1, headSize: 8, lengths: full(1, 1030), dropout: DROPOUT },
  ],
  ['heads of 64', { batch: 2, tokens: 37, heads: 1, headSize: 64, lengths: Int32Array.of(20, 37) }],
  ['the largest heads', { batch: 1, tokens: 9, heads: 1, headSize: 128, lengths: full(1, 9) }],
  [
    'causal, three heads to one of keys, blocks that end within a row',
    { batch: 2, tokens: 70, heads: 6, keyValueHeads: 2, headSize: 64, causal: true, lengths: Int32Array.of(70, 33) },
  ],
  [
    'causal, an odd head, one head of keys for all, dropout',
    {
      ...{ batch: 3, tokens: 13, heads: 3, keyValueHeads: 1, headSize: 5, causal: true },
      ...{ lengths: Int32Array.of(13, 1, 7), dropout: DROPOUT },
    },
  ],
  [
    'causal, 300 tokens, the largest heads',
    { batch: 1, tokens: 300, heads: 2, keyValueHeads: 1, headSize: 128, causal: true, lengths: full(1, 300) },
  ],
  ['70,400 rows of scores', { batch: 1100, tokens: 16, heads: 4, headSize: 4, lengths: full(1100, 16) }],
] satisfies [string, Sizes][])('%s', (_, sizes: Sizes) => {
  const [qkv, dy] = inputsOf(sizes);
  const reference = attentionReference(qkv, dy, sizes, dropoutAt(sizes.dropout, 'here'));

  test.each(['webgpu', 'wasm', 'portable'] as const)(
    '%s: values and gradients are those of float64',
    async (backend) => {
      await BACKENDS[backend]();
      const { value, gradients } = await work(sizes);
      // What float32 rounds grows with the values that a score sums.
      const allowed = sizes.headSize > 64 ? 8e-6 : 4e-6;
      expect(deviation(value, reference.value)).toBeLessThan(allowed);
      expect(deviation(gradients[0] ?? new Float32Array(), reference.gradient)).toBeLessThan(allowed);
    },
  );
});

test.each(['webgpu', 'wasm', 'portable'] as const)(
  '%s: padding has no weight, gets zeros and no gradient, whatever stands in it',
  async (backend) => {
    await BACKENDS[backend]();
    const at = (padding: number) => {
      const values = randomValues(1, 360);
      values.fill(padding, 8 * 36); // the last two tokens of the second row
      return workOf([[values, [10, 36]]], randomValues(2, 120), ([x]) => run(x ?? tf.scalar(NaN), small));
    };
    const [zeros, large] = [await at(0), await at(1e4)];
    expect(large.value).toEqual(zeros.value);
    expect(large.gradients).toEqual(zeros.gradients);
    expect(zeros.value.subarray(8 * 12).every((x) => x === 0)).toBe(true);
    expect(zeros.gradients[0]?.subarray(8 * 36).every((x) => x === 0)).toBe(true);
  },
);

test.each(['webgpu', 'wasm'] as const)('%s: a text has the same bits however far it is padded', async (backend) => {
  await BACKENDS[backend]();
  const padded = async (tokens: number) => {
    const values = new Float32Array(tokens * 192);
    values.set(randomValues(1, 11 * 192).map((x) => 4 * x));
    const dy = new Float32Array(tokens * 64);
    dy.set(randomValues(2, 11 * 64));
    const sizes = { batch: 1, tokens, heads: 2, headSize: 32, lengths: full(1, 11) };
    const { value, gradients } = await workOf([[values, [tokens, 192]]], dy, ([x]) => run(x ?? tf.scalar(NaN), sizes));
    return [value.subarray(0, 11 * 64), gradients[0]?.subarray(0, 11 * 192)];
  };
  const [short, long] = [await padded(16), await padded(40)];
  expect(short).toEqual(long);
});

test.each(['webgpu', 'wasm', 'portable'] as const)(
  '%s: scores of thousands neither overflow nor lose the largest',
  async (backend) => {
    await BACKENDS[backend]();
    const sizes = { batch: 1, tokens: 3, heads: 1, headSize: 4, lengths: full(1, 3) };
    // Every query points at the second key, 10,000 above the others; values are 1, 2, 3.
    const rows = [-100, 100, -100].flatMap((key, i) => [
      100,
      100,
      100,
      100,
      key,
      key,
      key,
      key,
      ...Array.from({ length: 4 }, () => i + 1),
    ]);
    const values = await takeValues(tf.tidy(() => run(tf.tensor2d(rows, [3, 12]), sizes)));
    expect([...values]).toEqual(Array.from({ length: 12 }, () => 2));
  },
);

test('webgpu: one dispatch forward, two back, and the same bits again', async () => {
  await startBackend('webgpu');
  const sizes = { batch: 3, tokens: 13, heads: 2, headSize: 5, lengths: Int32Array.of(13, 1, 7), dropout: DROPOUT };
  const [once, again] = [await work(sizes), await work(sizes)];
  expect(once.dispatches).toEqual({ forward: 1, backward: 2 });
  expect(again).toEqual(once);
});

test('webgpu: more workgroups than one side of a dispatch has', async () => {
  await startBackend('webgpu');
  // One token each, whose result is its value: 65,600 groups.
  const sizes = { batch: 16_400, tokens: 1, heads: 4, headSize: 4, lengths: full(16_400, 1) };
  const [qkv, dy] = inputsOf(sizes);
  const [x, outer] = [tf.tensor2d(qkv, [16_400, 48]), tf.tensor2d(dy, [16_400, 16])];
  const { value, gradients } = gradientsOf(() => run(x, sizes), [x], outer);
  tf.dispose([x, outer]);
  const values = await takeValues(value);
  expect(values.findIndex((v, i) => v !== qkv[48 * Math.floor(i / 16) + 32 + (i % 16)])).toBe(-1);
  // A query and a key alone change nothing; what comes back goes to the value as it is.
  const expected = qkv.map((_, i) => (i % 48 < 32 ? 0 : (dy[16 * Math.floor(i / 48) + (i % 48) - 32] ?? NaN)));
  const slopes = await takeValues(gradients[0] ?? tf.tensor1d([]));
  expect(slopes.findIndex((slope, i) => !(Math.abs(slope - (expected[i] ?? NaN)) <= 1e-6))).toBe(-1);
  expect(slopes).toHaveLength(qkv.length);
});

test('webgpu: a head that no block fits is refused', async () => {
  await startBackend('webgpu');
  const sizes = { batch: 1, tokens: 1, heads: 1, headSize: 129, lengths: full(1, 1) };
  expect(() => tf.tidy(() => run(tf.zeros([1, 387]), sizes))).toThrow(expect.objectContaining({ code: 'internal' }));
});

test('probabilities of a long text are dropped by no mask twice', () => {
  const keys = Array.from({ length: 512 }, (_, key) => key);
  const drawn = (query: number, key: number) => {
    const { seed, position } = probabilityStart(11, 3, query, key);
    return keys.map((i) => randomBits(seed, position + i));
  };
  const blocks = [drawn(5, 0), drawn(5, 512), drawn(517, 0), drawn(517, 512), drawn(5, 1024)];
  expect(new Set(blocks.flat()).size).toBe(5 * 512);
  expect(probabilityStart(11, 3, 511, 511)).toEqual({ seed: 11, position: (3 * 512 + 511) * 512 + 511 });
});
