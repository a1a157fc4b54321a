/** Cross-entropy for WebAssembly, row by row over the memory of the backend. See ops/cross-entropy.ts. */
import type { Targets } from '../targets';

/** Writes each row's loss, and its largest logit and log Σ exp(logit − largest) side by side. */
export function crossEntropyInto(
  logits: Float32Array,
  { labels, shares }: Targets,
  { losses, logSums }: { losses: Float32Array; logSums: Float32Array },
): void {
  const classes = logits.length / labels.length;
  labels.forEach((label, row) => {
    const start = row * classes;
    let largest = -Infinity;
    for (let i = start; i < start + classes; i++) largest = Math.max(largest, logits[i] ?? NaN);
    let sum = 0;
    for (let i = start; i < start + classes; i++) sum += Math.exp((logits[i] ?? NaN) - largest);
    const logSum = Math.log(sum);
    logSums[2 * row] = largest;
    logSums[2 * row + 1] = logSum;
    losses[row] = (shares[row] ?? 0) * (logSum - ((logits[start + label] ?? NaN) - largest));
  });
}

/** Writes dlogits; `out` may be `logits`. */
export function crossEntropyGradientInto(
  logits: Float32Array,
  { labels, shares }: Targets,
  logSums: Float32Array,
  dy: number,
  out: Float32Array,
): void {
  const classes = logits.length / labels.length;
  labels.forEach((label, row) => {
    const start = row * classes;
    const share = (shares[row] ?? 0) * dy;
    const [largest, logSum] = [logSums[2 * row] ?? NaN, logSums[2 * row + 1] ?? NaN];
    for (let i = start; i < start + classes; i++) {
      out[i] = share * Math.exp((logits[i] ?? NaN) - largest - logSum);
    }
    out[start + label] = (out[start + label] ?? NaN) - share;
  });
}
