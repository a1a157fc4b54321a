/** LayerNorm for WebAssembly, row by row over the memory of the backend. The formulas stand in ops/layer-norm.ts. */

/**
 * z: [rows, width], turned into x̂; scales: [rows], becomes 1/σ; out: [rows, width] = γ·x̂ + β.
 */
export function normaliseInPlace(
  z: Float32Array,
  scales: Float32Array,
  out: Float32Array,
  { gamma, beta, epsilon }: { gamma: Float32Array; beta: Float32Array; epsilon: number },
): void {
  const width = gamma.length;
  for (let row = 0; row < scales.length; row++) {
    const start = row * width;
    let sum = 0;
    for (let i = start; i < start + width; i++) sum += z[i] ?? 0;
    const mean = sum / width;
    let squares = 0;
    for (let i = start; i < start + width; i++) {
      const d = (z[i] ?? 0) - mean;
      squares += d * d;
    }
    const r = 1 / Math.sqrt(squares / width + epsilon);
    scales[row] = r;
    for (let i = start, j = 0; j < width; i++, j++) {
      const n = ((z[i] ?? 0) - mean) * r;
      z[i] = n;
      out[i] = n * (gamma[j] ?? 0) + (beta[j] ?? 0);
    }
  }
}

/**
 * Writes dz, and dγ and dβ where these are wanted; the sums over rows are in float64. `dy` and `dz` may be the same.
 */
export function layerNormGradientInto(
  dy: Float32Array,
  { hat, scales, gamma }: { hat: Float32Array; scales: Float32Array; gamma: Float32Array },
  dz: Float32Array,
  affine?: { dGamma: Float32Array; dBeta: Float32Array },
): void {
  const width = gamma.length;
  const sums = affine && { gamma: new Float64Array(width), beta: new Float64Array(width) };
  for (let row = 0; row < scales.length; row++) {
    const start = row * width;
    let mean = 0;
    let along = 0;
    for (let i = start, j = 0; j < width; i++, j++) {
      const d = dy[i] ?? 0;
      const n = hat[i] ?? 0;
      if (sums) {
        sums.gamma[j] = (sums.gamma[j] ?? 0) + d * n;
        sums.beta[j] = (sums.beta[j] ?? 0) + d;
      }
      const g = d * (gamma[j] ?? 0);
      mean += g;
      along += g * n;
    }
    mean /= width;
    along /= width;
    const r = scales[row] ?? 0;
    for (let i = start, j = 0; j < width; i++, j++) {
      dz[i] = r * ((dy[i] ?? 0) * (gamma[j] ?? 0) - mean - (hat[i] ?? 0) * along);
    }
  }
  if (sums) {
    affine?.dGamma.set(sums.gamma);
    affine?.dBeta.set(sums.beta);
  }
}
