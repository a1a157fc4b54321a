/** Cross-entropy for WebAssembly, row by row over the memory of the backend. See ops/cross-entropy.ts. */
import type * as tf from '@tensorflow/tfjs-core';
import { matrixShape } from '../differentiable';
import type { Targets } from '../targets';
import type { WasmHeap } from './heap';

/** Writes each row's loss, and its largest logit and log Σ exp(logit − largest) side by side. */
export function crossEntropyInto(
  heap: WasmHeap,
  logits: tf.Tensor,
  { labels, shares }: Targets,
  into: { losses: tf.Tensor; logSums: tf.Tensor },
): void {
  const [, classes] = matrixShape(logits);
  const [values, losses, logSums] = [heap.view(logits), heap.view(into.losses), heap.view(into.logSums)];
  const from = heap.indexOf(logits);
  for (let row = 0; row < labels.length; row++) {
    const start = row * classes;
    let largest = values[start] ?? -Infinity;
    for (let i = start + 1; i < start + classes; i++) {
      const value = values[i] ?? NaN;
      if (value > largest) largest = value;
    }
    const logSum = Math.log(heap.exponentials(from + start, null, classes, largest));
    logSums[2 * row] = largest;
    logSums[2 * row + 1] = logSum;
    losses[row] = (shares[row] ?? 0) * (logSum - ((values[start + (labels[row] ?? NaN)] ?? NaN) - largest));
  }
}

/** Writes dlogits; `out` may be `logits`. */
export function crossEntropyGradientInto(
  heap: WasmHeap,
  logits: tf.Tensor,
  { labels, shares }: Targets,
  logSums: tf.Tensor,
  dy: number,
  out: tf.Tensor,
): void {
  const [, classes] = matrixShape(logits);
  const [slopes, sums] = [heap.view(out), heap.view(logSums)];
  const [from, to] = [heap.indexOf(logits), heap.indexOf(out)];
  for (let row = 0; row < labels.length; row++) {
    const start = row * classes;
    const share = (shares[row] ?? 0) * dy;
    heap.exponentials(from + start, to + start, classes, sums[2 * row] ?? NaN);
    const factor = share * Math.exp(-(sums[2 * row + 1] ?? NaN));
    for (let i = start; i < start + classes; i++) slopes[i] = (slopes[i] ?? NaN) * factor;
    const label = start + (labels[row] ?? NaN);
    slopes[label] = (slopes[label] ?? NaN) - share;
  }
}
