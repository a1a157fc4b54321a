/** What the tensors of this thread take on the device. */
import * as tf from '@tensorflow/tfjs-core';
import { deviceBytes } from './gpu';
import { wasmMemory } from './wasm-memory';

/** Bytes of the GPU's buffers, or of WebAssembly's memory, which never shrinks; null on other backends. */
export function memoryHeld(): number | null {
  if (tf.getBackend() === 'webgpu') return deviceBytes()?.allocated ?? null;
  return wasmMemory()?.memory.buffer.byteLength ?? null;
}
