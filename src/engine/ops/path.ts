/** Which way every operation takes, decided here and nowhere else: by the backend that runs. */
import { webGpu, type Gpu } from '../device/gpu';
import { wasmHeap, type WasmHeap } from './wasm/heap';

/**
 * `webgpu`: the WGSL programs of `kernels`. `wasm`: loops over the memory of the backend, products among them.
 * `portable`: plain tfjs operations, for any other backend, and the yardstick of the other two in tests.
 */
export type Path = { kind: 'webgpu'; gpu: Gpu } | { kind: 'wasm'; heap: WasmHeap } | { kind: 'portable' };

const PORTABLE: Path = { kind: 'portable' };

export function currentPath(): Path {
  const gpu = webGpu();
  if (gpu !== null) return { kind: 'webgpu', gpu };
  const heap = wasmHeap();
  return heap === null ? PORTABLE : { kind: 'wasm', heap };
}
