/**
 * Loops of ours over the memory of tfjs's WebAssembly backend. Its own kernels for GELU, LayerNorm gradients,
 * transposes, sums over rows and batched products are several times slower than the files beside this one.
 *
 * Leans on what tfjs-backend-wasm 4.22 (pinned; the library is frozen) shows to its own kernels, and only here.
 * Obligation: take views after the last allocation. An allocation may grow the memory, which detaches every view.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../../core/errors';
import { matrixShape } from '../differentiable';
import { createProduct, type Place } from './product';

/** The part of tfjs's BackendWasm that is used. */
interface WasmBackend {
  wasm: {
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    readonly asm: { memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
  };
  getMemoryOffset(dataId: object): number;
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
}

export interface ProductOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** [columns] */
  bias?: tf.Tensor;
}

export interface WasmHeap {
  /** A new tensor whose values are whatever was in memory: every element has to be written. */
  make(shape: number[]): tf.Tensor;
  /** The values of a tensor, in place. */
  view(tensor: tf.Tensor): Float32Array;
  /** a·b + bias, each side transposed first where that is asked for; a new tensor. */
  product(a: tf.Tensor, b: tf.Tensor, options?: ProductOptions): tf.Tensor;
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

let known: { backend: unknown; heap: WasmHeap } | undefined;

/**
 * The heap of the current backend, or null when that is not WebAssembly: then take the portable way. To be asked once
 * before the first tensor: from then on memory that runs out is an error.
 */
export function wasmHeap(): WasmHeap | null {
  if (tf.getBackend() !== 'wasm') return null;
  const backend: unknown = tf.backend();
  if (known !== undefined && known.backend === backend) return known.heap;
  if (!isWasmBackend(backend)) {
    throw new AppError('internal', 'The WebAssembly backend is not the pinned tfjs 4.22: its memory is not reachable.');
  }
  const heap = createHeap(backend);
  // After the first allocation: with it `_malloc` replaces itself, and would replace what is put in its place.
  failWhenFull(backend);
  known = { backend, heap };
  return heap;
}

function isWasmBackend(backend: unknown): backend is WasmBackend {
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'wasm' in backend &&
    'getMemoryOffset' in backend &&
    'makeOutput' in backend
  );
}

const MOST_BYTES = 2 ** 31;

/** tfjs takes a failed allocation for address 0 and writes there. With this it is an error instead. */
function failWhenFull({ wasm }: WasmBackend): void {
  const malloc = wasm._malloc.bind(wasm);
  wasm._malloc = (bytes) => {
    // Its allocator takes sizes for signed numbers.
    const offset = bytes < MOST_BYTES ? malloc(bytes) : 0;
    return bytes > 0 ? given(offset, bytes) : offset;
  };
}

/** The offset of an allocation. Throws `out-of-memory` where there is none. */
function given(offset: number, bytes: number): number {
  if (offset !== 0) return offset;
  throw new AppError(
    'out-of-memory',
    'The memory of WebAssembly is full. Choose a smaller batch or shorter texts, or close other tabs.',
    { details: { bytes } },
  );
}

function createHeap(backend: WasmBackend): WasmHeap {
  const { wasm } = backend;
  let all = new Float32Array();
  /** Every value there is; growing the memory replaces its buffer. */
  const values = (): Float32Array => {
    if (all.buffer !== wasm.HEAPU8.buffer) all = new Float32Array(wasm.HEAPU8.buffer);
    return all;
  };
  const indexOf = (tensor: tf.Tensor): number => backend.getMemoryOffset(tensor.dataId) / 4;
  const allocate = (floats: number): number => (given(wasm._malloc(4 * floats), 4 * floats) >>> 0) / 4;
  const multiply = createProduct(wasm.asm.memory, allocate, values);
  const make = (shape: number[]): tf.Tensor =>
    tf.engine().makeTensorFromTensorInfo(backend.makeOutput(shape, 'float32'));
  const view = (tensor: tf.Tensor): Float32Array =>
    new Float32Array(wasm.HEAPU8.buffer, backend.getMemoryOffset(tensor.dataId), tensor.size);

  return {
    make,
    view,
    product(a, b, { transposeA = false, transposeB = false, bias } = {}) {
      const [left, rows, inner] = placeOf(a, indexOf(a), transposeA);
      const [right, , columns] = placeOf(b, indexOf(b), transposeB);
      const out = make([rows, columns]);
      if (bias !== undefined) {
        const all = view(out);
        if (rows > 0) all.set(view(bias));
        // Twice as many rows each time: few moves instead of one for each row.
        for (let done = columns; done < all.length; done *= 2)
          all.copyWithin(done, 0, Math.min(done, all.length - done));
      }
      const size = { rows, inner, columns };
      multiply(left, right, { at: indexOf(out), row: columns, column: 1 }, size, bias !== undefined);
      return out;
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
