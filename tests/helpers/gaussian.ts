/** The normal distribution in float64, independent of what the engine computes. */

/** φ(x) */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** Φ by its series in float64 near zero, by the continued fraction of Mills' ratio in the tails. */
export function normalCdf(x: number): number {
  const a = Math.abs(x);
  const density = normalDensity(a);
  let upper: number;
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 60; n++) sum += term *= (a * a) / (2 * n + 1);
    upper = 0.5 - density * sum;
  } else {
    let fraction = a;
    for (let k = 80; k > 0; k--) fraction = a + k / fraction;
    upper = density / fraction;
  }
  return x > 0 ? 1 - upper : upper;
}

export function gelu(x: number): number {
  return x * normalCdf(x);
}

export function geluSlope(x: number): number {
  return normalCdf(x) + x * normalDensity(x);
}
