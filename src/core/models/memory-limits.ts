/** How much memory a device gives. */

/** Bytes that a device gives: to one tensor, and in all (Infinity where it does not say). */
export interface MemoryLimits {
  tensor: number;
  total: number;
}

/** The memory of WebAssembly is addressed with 32 bits. */
export const WASM_LIMITS: MemoryLimits = { tensor: 2 ** 32, total: 2 ** 32 };
