import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { wasmHeap, type WasmHeap } from '../../../../src/engine/ops/wasm/heap';
import { startBackend } from '../../../helpers/tf-node';

let heap: WasmHeap;
beforeAll(async () => {
  await startBackend('wasm');
  const found = wasmHeap();
  if (found === null) throw new Error('No WebAssembly heap.');
  heap = found;
});

/** exp(values − shift) and the sum, with what stands behind the last. */
function taken(values: Float32Array, shift: number) {
  const [from, to] = [tf.tensor1d(values), tf.fill([values.length + 4], 7)];
  const sum = heap.exponentials(heap.indexOf(from), heap.indexOf(to), values.length, shift);
  const alone = heap.exponentials(heap.indexOf(from), null, values.length, shift);
  const all = heap.view(to).slice();
  tf.dispose([from, to]);
  return { found: all.subarray(0, values.length), behind: [...all.subarray(values.length)], sum, alone };
}

test.each([1, 3, 4, 7, 1024, 1027, 5001])(
  '%i values: each within 3e-7 of its exponential, the sum of them all, nothing written behind them',
  (count) => {
    const values = Float32Array.from({ length: count }, (_, i) => 3 - Math.round((83 * 64 * i) / count) / 64);
    const { found, behind, sum, alone } = taken(values, 3);
    let wanted = 0;
    values.forEach((value, i) => {
      const exact = Math.exp(value - 3);
      wanted += exact;
      expect(Math.abs((found[i] ?? NaN) / exact - 1)).toBeLessThan(3e-7);
    });
    expect(Math.abs(sum / wanted - 1)).toBeLessThan(1e-6);
    expect(alone).toBe(sum);
    expect(behind).toEqual([7, 7, 7, 7]);
  },
);

test('far below the largest is nothing beside it, and not a number stays none', () => {
  const { found } = taken(Float32Array.of(-1e9, -Infinity, NaN, 0, -88, NaN), 0);
  for (const i of [0, 1, 4]) expect(found[i]).toBeLessThan(1e-37);
  expect([found[2], found[3], found[5]]).toEqual([NaN, 1, NaN]);
});
