/** What the device of the current backend gives. */
import { type MemoryLimits, WASM_LIMITS } from '../../core/models/memory-limits';
import type { Path } from './path';

/** A GPU does not say how much it has in all. */
export function limitsOf(path: Path): MemoryLimits {
  if (path.kind !== 'webgpu') return WASM_LIMITS;
  const { maxStorageBufferBindingSize, maxBufferSize } = path.gpu.device.limits;
  return { tensor: Math.min(maxStorageBufferBindingSize, maxBufferSize), total: Infinity };
}
