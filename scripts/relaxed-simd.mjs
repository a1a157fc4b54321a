/** Node 20 has the relaxed SIMD instructions that browsers have, behind a flag; Node 22 has them without. */
import { setFlagsFromString } from 'node:v8';

/** From here on modules with them compile; to be called before the engine's are. */
export function allowRelaxedSimd() {
  if (Number.parseInt(process.versions.v8, 10) < 12) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
