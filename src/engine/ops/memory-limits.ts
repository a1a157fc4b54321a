/** What the device of the current backend gives. */
import type { Path } from './path';

/** Bytes that a device gives: to one tensor, and in all (Infinity where it does not say). */
export interface MemoryLimits {
  tensor: number;
  total: number;
}

/** The memory of WebAssembly is addressed with 32 bits. */
const WASM_BYTES = 2 ** 32;

/** A GPU does not say how much it has in all. */
export function limitsOf(path: Path): MemoryLimits {
  if (path.kind !== 'webgpu') return { tensor: WASM_BYTES, total: WASM_BYTES };
  const { maxStorageBufferBindingSize, maxBufferSize } = path.gpu.device.limits;
  return { tensor: Math.min(maxStorageBufferBindingSize, maxBufferSize), total: Infinity };
}
