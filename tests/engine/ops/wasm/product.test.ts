import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../../../src/core/random';
import { wasmHeap, type WasmHeap } from '../../../../src/engine/ops/wasm/heap';
import { startBackend } from '../../../helpers/tf-node';

let heap: WasmHeap;
beforeAll(async () => {
  await startBackend('wasm');
  const found = wasmHeap();
  if (found === null) throw new Error('No WebAssembly heap.');
  heap = found;
});

interface Case {
  rows: number;
  inner: number;
  columns: number;
  transposeA?: boolean;
  transposeB?: boolean;
  biased?: boolean;
}

/** The largest difference to sums in float64, next to the sums of the absolute values. */
function difference({ rows, inner, columns, transposeA = false, transposeB = false, biased = false }: Case): number {
  const random = createRandom(rows * 31 + inner * 7 + columns);
  const values = (size: number): Float32Array => Float32Array.from({ length: size }, () => random() - 0.5);
  const [left, right, bias] = [values(rows * inner), values(inner * columns), values(columns)];
  const a = tf.tensor2d(left, transposeA ? [inner, rows] : [rows, inner]);
  const b = tf.tensor2d(right, transposeB ? [columns, inner] : [inner, columns]);
  const c = tf.tensor1d(bias);
  const out = heap.product(a, b, { transposeA, transposeB, ...(biased && { bias: c }) });
  expect(out.shape).toEqual([rows, columns]);
  const found = heap.view(out);
  let most = 0;
  // All of a small product, and a hundred places of a large one, its last among them.
  const step = Math.max(1, Math.floor(found.length / 100));
  for (let place = found.length - 1; place >= 0; place -= step) {
    const [i, j] = [Math.floor(place / columns), place % columns];
    let [sum, size] = [biased ? (bias[j] ?? 0) : 0, 1];
    for (let k = 0; k < inner; k++) {
      const term =
        (left[transposeA ? k * rows + i : i * inner + k] ?? 0) *
        (right[transposeB ? j * inner + k : k * columns + j] ?? 0);
      sum += term;
      size += Math.abs(term);
    }
    most = Math.max(most, Math.abs((found[place] ?? NaN) - sum) / size);
    if (Number.isNaN(found[place])) return NaN;
  }
  tf.dispose([a, b, c, out]);
  return most;
}

test('products of whole and ragged tiles are right, whichever side is transposed, with and without a bias', () => {
  for (const [rows, inner, columns] of [
    [1, 1, 1],
    [4, 8, 8],
    [3, 5, 7],
    [5, 9, 17],
    [16, 384, 24],
    [33, 40, 33],
  ] as const) {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        for (const biased of [false, true]) {
          expect(difference({ rows, inner, columns, transposeA, transposeB, biased })).toBeLessThan(1e-6);
        }
      }
    }
  }
});

test('sizes beyond a block are right: inner 1,999 to 4,096, 2,049 and 5,000 columns, 70,001 rows', () => {
  for (const inner of [1999, 2000, 4096]) expect(difference({ rows: 7, inner, columns: 20 })).toBeLessThan(1e-6);
  for (const columns of [2049, 5000]) expect(difference({ rows: 9, inner: 33, columns })).toBeLessThan(1e-6);
  for (const rows of [513, 65_535, 65_536, 65_537, 70_001]) {
    expect(difference({ rows, inner: 9, columns: 11 })).toBeLessThan(1e-6);
  }
  expect(difference({ rows: 12, inner: 70_001, columns: 8, transposeA: true })).toBeLessThan(1e-6);
});

test('a side without length gives zeros, or nothing', () => {
  expect(difference({ rows: 3, inner: 0, columns: 5 })).toBe(0);
  expect(heap.product(tf.zeros([0, 4]), tf.zeros([4, 2])).shape).toEqual([0, 2]);
});

test('a product is the same bits twice, and within a larger one', () => {
  const random = createRandom(5);
  const a = tf.tensor2d(
    Float32Array.from({ length: 700 * 600 }, () => random() - 0.5),
    [700, 600],
  );
  const b = tf.tensor2d(
    Float32Array.from({ length: 600 * 50 }, () => random() - 0.5),
    [600, 50],
  );
  const whole = heap.view(heap.product(a, b)).slice();
  expect(heap.view(heap.product(a, b)).slice()).toEqual(whole);
  const few = tf.tensor2d(heap.view(a).slice(601 * 600, 604 * 600), [3, 600]);
  expect(heap.view(heap.product(few, b)).slice()).toEqual(whole.slice(601 * 50, 604 * 50));
});

test('many small products are computed each for itself, from where they begin', () => {
  const a = tf.tensor1d([9, 1, 2, 3, 4]);
  const b = tf.tensor1d([5, 6, 7, 8]);
  const out = tf.tensor1d([0, 0, -1]);
  heap.multiplyMany(a, b, out, { count: 2, rows: 1, inner: 2, columns: 1 }, { a: 1, b: 0, out: 0 });
  expect(Array.from(heap.view(out))).toEqual([1 * 5 + 2 * 6, 3 * 7 + 4 * 8, -1]);
});
