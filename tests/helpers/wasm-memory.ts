/** The memory of WebAssembly, full at the moment that a test wants. */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../src/core/errors';

interface Allocator {
  _malloc(bytes: number): number;
}

/** What the current backend allocates with. */
export function wasmAllocator(): Allocator {
  const backend: unknown = tf.backend();
  return (backend as { wasm: Allocator }).wasm;
}

/** Does `work` again and again, each time with another one of its allocations refused; gives the tensors each left. */
export async function tensorsLeftWithoutMemory(work: () => unknown): Promise<number[]> {
  const wasm = wasmAllocator();
  const allocate = wasm._malloc;
  const left: number[] = [];
  for (let refused = 0; ; refused++) {
    const before = tf.memory().numTensors;
    let count = 0;
    wasm._malloc = (bytes) => {
      if (count++ === refused) throw new AppError('out-of-memory', 'Full.');
      return allocate(bytes);
    };
    try {
      await work();
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'out-of-memory')) throw error;
    } finally {
      wasm._malloc = allocate;
    }
    if (count <= refused) return left;
    left.push(tf.memory().numTensors - before);
  }
}
