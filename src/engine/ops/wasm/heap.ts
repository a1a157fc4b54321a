/**
 * Loops of ours over the memory of tfjs's WebAssembly backend. Its own kernels for GELU, LayerNorm gradients,
 * transposes, sums over rows and batched products are several times slower than the files beside this one.
 *
 * Obligation: take views after the last allocation. An allocation may grow the memory, which detaches every view.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { wasmMemory, type WasmMemory } from '../../device/wasm-memory';
import { matrixShape } from '../differentiable';
import { type Matrix, PackedMatrix } from '../packed-matrix';
import { blockModule, type BlockLoops } from './block-module';
import { exponentialModule, type ExponentialLoops } from './exponential-module';
import { createExponentials, type Exponentials } from './exponentials';
import { packedHeap, type PackedHeap } from './packed-heap';
import { createProduct, type Place } from './product';

export interface ProductOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** [columns] */
  bias?: tf.Tensor;
}

export interface WasmHeap
  extends
    Pick<WasmMemory, 'make' | 'view' | 'indexOf'>,
    Pick<PackedHeap, 'unpackLines'>,
    Pick<BlockLoops, 'floatDots'>,
    Pick<ExponentialLoops, 'swiGlu' | 'swiGluGradient'> {
  exponentials: Exponentials;
  /** a·b + bias, each side transposed first where that is asked for, `a` never where `b` is packed; a new tensor. */
  product(a: tf.Tensor, b: Matrix, options?: ProductOptions): tf.Tensor;
  /** out += a·b in place, in the columns of `out` from `start` on. */
  addProduct(out: tf.Tensor, a: tf.Tensor, b: tf.Tensor, options?: { transposeB?: boolean; start?: number }): void;
  /**
   * Products of many small matrices, `count` times out = a · b, [rows, inner] · [inner, columns], each matrix whole
   * and one behind the other in its tensor, from the element `start` of it on.
   */
  multiplyMany(
    a: tf.Tensor,
    b: tf.Tensor,
    out: tf.Tensor,
    size: { count: number; rows: number; inner: number; columns: number },
    start?: { a: number; b: number; out: number },
  ): void;
}

let known: { memory: WasmMemory; heap: WasmHeap } | undefined;

/** The heap of the current backend, or null when that is not WebAssembly: then take the portable way. */
export function wasmHeap(): WasmHeap | null {
  const memory = wasmMemory();
  if (memory === null) return null;
  if (known?.memory !== memory) known = { memory, heap: createHeap(memory) };
  return known.heap;
}

function createHeap(wasm: WasmMemory): WasmHeap {
  const { memory, make, view, indexOf, values, allocate } = wasm;
  const loops = blockModule(memory);
  const ofExponentials = exponentialModule(memory);
  const multiply = createProduct(memory, allocate, values, loops);
  const packed = packedHeap(wasm, multiply, loops);
  return {
    make,
    view,
    indexOf,
    floatDots: loops.floatDots,
    exponentials: createExponentials(allocate, values, ofExponentials),
    swiGlu: ofExponentials.swiGlu,
    swiGluGradient: ofExponentials.swiGluGradient,
    unpackLines: packed.unpackLines,
    product(a, b, { transposeA = false, transposeB = false, bias } = {}) {
      const [left, rows, inner] = placeOf(a, indexOf(a), transposeA);
      const columns = b.shape[transposeB ? 0 : 1] ?? 0;
      const out = make([rows, columns]);
      if (bias !== undefined) {
        const all = view(out);
        if (rows > 0) all.set(view(bias));
        // Twice as many rows each time: few moves instead of one for each row.
        for (let done = columns; done < all.length; done *= 2)
          all.copyWithin(done, 0, Math.min(done, all.length - done));
      }
      const adds = bias !== undefined;
      if (b instanceof PackedMatrix) packed.multiply(a, b, out, { transposeB, adds });
      else {
        const [right] = placeOf(b, indexOf(b), transposeB);
        multiply(left, right, { at: indexOf(out), row: columns, column: 1 }, { rows, inner, columns }, adds);
      }
      return out;
    },
    addProduct(out, a, b, { transposeB = false, start = 0 } = {}) {
      const [left, rows, inner] = placeOf(a, indexOf(a), false);
      const [right, , columns] = placeOf(b, indexOf(b), transposeB);
      const place = { at: indexOf(out) + start, row: matrixShape(out)[1], column: 1 };
      multiply(left, right, place, { rows, inner, columns }, true);
    },
    multiplyMany(a, b, out, size, start = { a: 0, b: 0, out: 0 }) {
      const { count, rows, inner, columns } = size;
      const [fromA, fromB, to] = [indexOf(a) + start.a, indexOf(b) + start.b, indexOf(out) + start.out];
      for (let i = 0; i < count; i++) {
        multiply(
          { at: fromA + i * rows * inner, row: inner, column: 1 },
          { at: fromB + i * inner * columns, row: columns, column: 1 },
          { at: to + i * rows * columns, row: columns, column: 1 },
          size,
          false,
        );
      }
    },
  };
}

/** A matrix in the heap, with its sides: as it lies there, or transposed. */
function placeOf(matrix: tf.Tensor, at: number, transposed: boolean): [place: Place, rows: number, columns: number] {
  const [rows, columns] = matrixShape(matrix);
  return transposed
    ? [{ at, row: 1, column: columns }, columns, rows]
    : [{ at, row: columns, column: 1 }, rows, columns];
}
