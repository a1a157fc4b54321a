import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random';
import { embeddingLayerNorm } from '../../../src/engine/ops/embedding';
import { addLayerNorm } from '../../../src/engine/ops/layer-norm';
import { workOf } from '../../helpers/gpu-work';
import { difference } from '../../helpers/minilm-parity';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

const EPSILON = 1e-12;
const IDS = Int32Array.of(4, 1, 4, 0, 4);
const PLACES = Int32Array.of(0, 1, 2, 0, 1);

// prettier-ignore
const SHAPES = [[6, 3], [4, 3], [3], [3]];
const twoTables = (x: (position: number) => tf.Tensor) => [
  { table: x(0), ids: IDS },
  { table: x(1), ids: PLACES },
];

checkOperation('embeddingLayerNorm, with ids that occur again', {
  shapes: SHAPES,
  run: (x) => embeddingLayerNorm(twoTables(x), x(2), x(3), EPSILON),
});
checkOperation('embeddingLayerNorm with dropout', {
  shapes: SHAPES,
  run: (x) =>
    embeddingLayerNorm(twoTables(x), x(2), x(3), EPSILON, { rate: 0.4, seed: 2, firstText: 3, tokens: 2 }, [
      'embeddings',
    ]),
});

test.each([-1, 6])('id %i outside the table is refused, not read as zeros', async (id) => {
  await startBackend('wasm');
  const [table, norm] = [tf.zeros([6, 3]), tf.zeros([3])];
  const lookups = [{ table, ids: Int32Array.of(0, id) }];
  expect(() => embeddingLayerNorm(lookups, norm, norm, EPSILON)).toThrow(`Token id ${id} is outside`);
  tf.dispose([table, norm]);
});

/** Three tables as BERT has them: `size` words of `width`, 16 positions, 2 segments. */
function work({ rows, size, width }: { rows: number; size: number; width: number }, wanted?: readonly number[]) {
  const random = createRandom(7);
  const ids = Int32Array.from({ length: rows }, () => Math.floor(random() * size));
  const positions = ids.map((_, i) => i % 16);
  const segments = ids.map((_, i) => (i % 5 === 0 ? 1 : 0));
  const shapes = [[size, width], [16, width], [2, width], [width], [width]];
  const inputs = shapes.map(
    (shape, i) =>
      [
        randomValues(
          i,
          shape.reduce((a, b) => a * b),
        ),
        shape,
      ] as const,
  );
  const run = ([word, position, segment, gamma, beta]: tf.Tensor[]): tf.Tensor => {
    if (!word || !position || !segment || !gamma || !beta) throw new Error('Five inputs are needed.');
    const lookups = [
      { table: word, ids },
      { table: position, ids: positions },
      { table: segment, ids: segments },
    ];
    return embeddingLayerNorm(lookups, gamma, beta, EPSILON);
  };
  return workOf(inputs, randomValues(9, rows * width), run, wanted);
}

describe('embeddingLayerNorm on WebGPU', () => {
  test.each([
    { rows: 0, size: 3, width: 2 },
    { rows: 1, size: 3, width: 2 },
    { rows: 300, size: 50, width: 65 },
    { rows: 70_001, size: 10, width: 3 },
  ])('gives what WebAssembly gives: $rows rows, $size × $width', async (sizes) => {
    await startBackend('wasm');
    const wasm = await work(sizes);
    await startBackend('webgpu');
    const { value, gradients } = await work(sizes);
    expect(difference(value, [...wasm.value])).toBeLessThan(1e-5);
    gradients.forEach((gradient, i) => {
      const expected = [...(wasm.gradients[i] ?? [])];
      const most = expected.reduce((largest, v) => Math.max(largest, Math.abs(v)), 1);
      expect(difference(gradient, expected) / most).toBeLessThan(1e-4);
    });
  });

  test('is one dispatch forward; two and one for each table backward', async () => {
    await startBackend('webgpu');
    expect((await work({ rows: 30, size: 9, width: 5 })).dispatches).toEqual({ forward: 1, backward: 5 });
  });

  test.each([
    { wanted: [1], backward: 2 },
    { wanted: [3, 4], backward: 2 },
    { wanted: [0, 2], backward: 3 },
  ])('what is frozen costs nothing: of tables, γ and β $wanted cost $backward', async ({ wanted, backward }) => {
    await startBackend('webgpu');
    const sizes = { rows: 30, size: 9, width: 5 };
    const [all, some] = [await work(sizes), await work(sizes, wanted)];
    expect(some.dispatches).toEqual({ forward: 1, backward });
    expect(some.gradients).toEqual(wanted.map((i) => all.gradients[i]));
  });

  test('the same ids give the same bits', async () => {
    await startBackend('webgpu');
    const sizes = { rows: 3000, size: 20, width: 7 };
    expect(await work(sizes)).toEqual(await work(sizes));
  });
});

test('one table is LayerNorm of its rows', async () => {
  for (const backend of ['wasm', 'webgpu'] as const) {
    await startBackend(backend);
    const [table, gamma, beta] = [randomValues(1, 18), randomValues(2, 3), randomValues(3, 3)];
    const looked = await workOf(
      [
        [table, [6, 3]],
        [gamma, [3]],
        [beta, [3]],
      ],
      randomValues(4, 15),
      ([t, g, b]) => {
        if (!t || !g || !b) throw new Error('Three inputs are needed.');
        return embeddingLayerNorm([{ table: t, ids: IDS }], g, b, EPSILON);
      },
    );
    const rows = Float32Array.from(IDS).length * 3;
    const picked = Float32Array.from(
      { length: rows },
      (_, i) => table[(IDS[Math.floor(i / 3)] ?? 0) * 3 + (i % 3)] ?? 0,
    );
    const plain = await workOf(
      [
        [picked, [5, 3]],
        [gamma, [3]],
        [beta, [3]],
      ],
      randomValues(4, 15),
      ([x, g, b]) => {
        if (!x || !g || !b) throw new Error('Three inputs are needed.');
        return addLayerNorm(x, tf.zeros(x.shape), g, b, EPSILON);
      },
    );
    expect(difference(looked.value, [...plain.value])).toBeLessThan(1e-6);
    expect(difference(looked.gradients[1] ?? new Float32Array(), [...(plain.gradients[1] ?? [])])).toBeLessThan(1e-6);
  }
});
