/**
 * Loops of ours over the memory of tfjs's WebAssembly backend. Its own kernels for GELU, LayerNorm gradients,
 * transposes, sums over rows and batched products are several times slower than the files beside this one.
 *
 * Leans on what tfjs-backend-wasm 4.22 (pinned; the library is frozen) shows to its own kernels, and only here.
 * Obligation: take views after the last allocation. An allocation may grow the memory, which detaches every view.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../../core/errors';

/** The part of tfjs's BackendWasm that is used. */
interface WasmBackend {
  wasm: {
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    cwrap(name: string, returns: null, args: 'number'[]): (...args: number[]) => void;
    _malloc(bytes: number): number;
    tfjs: { registerTensor(id: number, size: number, offset: number): void; disposeData(id: number): void };
  };
  getMemoryOffset(dataId: object): number;
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
}

export interface WasmHeap {
  /** A new tensor whose values are whatever was in memory: every element has to be written. */
  make(shape: number[]): tf.Tensor;
  /** The values of a tensor, in place. */
  view(tensor: tf.Tensor): Float32Array;
  /**
   * Products of many small matrices, `count` times out = a · b, [rows, inner] · [inner, columns], each matrix whole
   * and one behind the other in its tensor, from the element `start` of it on. XNNPACK computes each; tfjs would take
   * a plain loop for the batch.
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

/** The heap of the current backend, or null when that is not WebAssembly: then take the portable way. */
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
    if (offset === 0 && bytes > 0) {
      throw new AppError(
        'out-of-memory',
        'The memory of WebAssembly is full. Choose a smaller batch or shorter texts, or close other tabs.',
        { details: { bytes } },
      );
    }
    return offset;
  };
}

/** Ids of the short-lived views below, far from those that tfjs counts up from 1. */
const FIRST_VIEW_ID = 0x40000000;

function createHeap(backend: WasmBackend): WasmHeap {
  const { wasm } = backend;
  const multiply = wasm.cwrap(
    'BatchMatMul',
    null,
    Array.from({ length: 9 }, () => 'number'),
  );
  // Two shapes [1, rows, columns] that the C++ side reads by address.
  const shapes = wasm._malloc(6 * 4) >>> 0;
  const offsetOf = (tensor: tf.Tensor): number => backend.getMemoryOffset(tensor.dataId);

  return {
    make: (shape) => tf.engine().makeTensorFromTensorInfo(backend.makeOutput(shape, 'float32')),
    view: (tensor) => new Float32Array(wasm.HEAPU8.buffer, offsetOf(tensor), tensor.size),
    multiplyMany(a, b, out, { count, rows, inner, columns }, start = { a: 0, b: 0, out: 0 }) {
      const { registerTensor, disposeData } = wasm.tfjs;
      const [idA, idB, idOut] = [FIRST_VIEW_ID, FIRST_VIEW_ID + 1, FIRST_VIEW_ID + 2];
      new Int32Array(wasm.HEAPU8.buffer, shapes, 6).set([1, rows, inner, 1, inner, columns]);
      const [fromA, fromB] = [offsetOf(a) + start.a * 4, offsetOf(b) + start.b * 4];
      const to = offsetOf(out) + start.out * 4;
      for (let i = 0; i < count; i++) {
        registerTensor(idA, rows * inner, fromA + i * rows * inner * 4);
        registerTensor(idB, inner * columns, fromB + i * inner * columns * 4);
        registerTensor(idOut, rows * columns, to + i * rows * columns * 4);
        multiply(idA, shapes, 3, idB, shapes + 12, 3, 0, 0, idOut);
        // Also frees the copy of b that XNNPACK packed and would find again by its id.
        disposeData(idB);
        disposeData(idA);
        disposeData(idOut);
      }
    },
  };
}
