/**
 * The memory of tfjs's WebAssembly backend, for loops of ours over it (ops/wasm), and its end: what does not fit is an
 * error. Leans on what tfjs-backend-wasm 4.22 (pinned; the library is frozen) shows to its own kernels, and only here.
 * Obligation: take views after the last allocation. An allocation may grow the memory, which detaches every view.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';

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

export interface WasmMemory {
  readonly memory: WebAssembly.Memory;
  /** A new tensor whose values are whatever was in memory: every element has to be written. */
  make(shape: number[]): tf.Tensor;
  /** The values of a tensor, in place. */
  view(tensor: tf.Tensor): Float32Array;
  /** Where a tensor's values begin among `values`. */
  indexOf(tensor: tf.Tensor): number;
  /** Every value there is. */
  values(): Float32Array;
  /** Room for floats that is never given back: where it begins among `values`. */
  allocate(floats: number): number;
}

let known: { backend: unknown; memory: WasmMemory } | undefined;

/**
 * The memory of the current backend, or null when that is not WebAssembly. To be asked once before the first tensor:
 * from then on memory that runs out is an error.
 */
export function wasmMemory(): WasmMemory | null {
  if (tf.getBackend() !== 'wasm') return null;
  const backend: unknown = tf.backend();
  if (known !== undefined && known.backend === backend) return known.memory;
  if (!isWasmBackend(backend)) {
    throw new AppError('internal', 'The WebAssembly backend is not the pinned tfjs 4.22: its memory is not reachable.');
  }
  const memory = memoryOf(backend);
  // With its first call `_malloc` replaces itself, and would replace what is put in its place.
  memory.allocate(1);
  failWhenFull(backend);
  known = { backend, memory };
  return memory;
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

function memoryOf(backend: WasmBackend): WasmMemory {
  const { wasm } = backend;
  let all = new Float32Array();
  return {
    memory: wasm.asm.memory,
    make: (shape) => tf.engine().makeTensorFromTensorInfo(backend.makeOutput(shape, 'float32')),
    view: (tensor) => new Float32Array(wasm.HEAPU8.buffer, backend.getMemoryOffset(tensor.dataId), tensor.size),
    indexOf: (tensor) => backend.getMemoryOffset(tensor.dataId) / 4,
    values() {
      // Growing the memory replaces its buffer.
      if (all.buffer !== wasm.HEAPU8.buffer) all = new Float32Array(wasm.HEAPU8.buffer);
      return all;
    },
    allocate: (floats) => (given(wasm._malloc(4 * floats), 4 * floats) >>> 0) / 4,
  };
}
