/** SwiGLU for WebAssembly over the memory of the backend. The formulas stand in ops/swi-glu.ts. */
import { expOfNegative } from './exponential';

/** out = silu(gate)·up */
export function swiGluInto(gate: Float32Array, up: Float32Array, out: Float32Array): void {
  const exp = expOfNegative; // where modules are not bundled, an imported name is looked up at every use
  for (let i = 0; i < out.length; i++) {
    const g = gate[i] ?? 0;
    const e = exp(g < 0 ? g : -g);
    out[i] = (g * (up[i] ?? 0) * (g < 0 ? e : 1)) / (1 + e);
  }
}

/** Writes dgate and dup. */
export function swiGluGradientInto(
  dy: Float32Array,
  gate: Float32Array,
  up: Float32Array,
  dGate: Float32Array,
  dUp: Float32Array,
): void {
  const exp = expOfNegative; // see above
  for (let i = 0; i < dy.length; i++) {
    const [g, d] = [gate[i] ?? 0, dy[i] ?? 0];
    const e = exp(g < 0 ? g : -g);
    const s = (g < 0 ? e : 1) / (1 + e);
    dGate[i] = d * (up[i] ?? 0) * s * (1 + g * (1 - s));
    dUp[i] = d * g * s;
  }
}
