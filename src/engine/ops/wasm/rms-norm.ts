/** RMSNorm for WebAssembly, row by row over the memory of the backend. The formulas stand in ops/rms-norm.ts. */

/** parts: what is added up, one or two of [rows, width]; out = γ·x̂ */
export function rmsNormInto(
  parts: readonly Float32Array[],
  gamma: Float32Array,
  epsilon: number,
  out: Float32Array,
): void {
  const width = gamma.length;
  addUp(parts, out);
  for (let start = 0; start < out.length; start += width) {
    const r = inverseRms(out, start, width, epsilon);
    for (let j = 0; j < width; j++) out[start + j] = (out[start + j] ?? 0) * r * (gamma[j] ?? 0);
  }
}

/** Writes dz, and dγ where it is wanted; the sums over rows are in float64. */
export function rmsNormGradientInto(
  parts: readonly Float32Array[],
  { gamma, epsilon, dy }: { gamma: Float32Array; epsilon: number; dy: Float32Array },
  dz: Float32Array,
  dGamma?: Float32Array,
): void {
  const width = gamma.length;
  const sums = dGamma && new Float64Array(width);
  addUp(parts, dz);
  for (let start = 0; start < dz.length; start += width) {
    const r = inverseRms(dz, start, width, epsilon);
    let along = 0;
    for (let j = 0; j < width; j++) {
      const n = (dz[start + j] ?? 0) * r;
      const d = dy[start + j] ?? 0;
      if (sums) sums[j] = (sums[j] ?? 0) + d * n;
      along += d * (gamma[j] ?? 0) * n;
    }
    along /= width;
    for (let j = 0; j < width; j++) {
      const n = (dz[start + j] ?? 0) * r;
      dz[start + j] = r * ((dy[start + j] ?? 0) * (gamma[j] ?? 0) - n * along);
    }
  }
  if (sums) dGamma?.set(sums);
}

function addUp([first, second]: readonly Float32Array[], out: Float32Array): void {
  if (first !== undefined) out.set(first);
  if (second !== undefined) for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) + (second[i] ?? 0);
}

/** 1/√(mean z² + ε) of the row that starts there. */
function inverseRms(z: Float32Array, start: number, width: number, epsilon: number): number {
  let squares = 0;
  for (let i = start; i < start + width; i++) squares += (z[i] ?? 0) * (z[i] ?? 0);
  return 1 / Math.sqrt(squares / width + epsilon);
}
