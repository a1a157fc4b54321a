/** The rows of several matrices one below the other; each has its part of the gradient. */
import * as tf from '@tensorflow/tfjs-core';
import { differentiable, matrixShape } from './differentiable';

/** parts: [rows of each, width], at least one → [all rows, width] */
export function joinRows(parts: readonly tf.Tensor[]): tf.Tensor {
  const [only, ...more] = parts;
  if (only !== undefined && more.length === 0) return only;
  const heights = parts.map((part) => matrixShape(part)[0]);
  return differentiable(
    parts,
    () => ({ value: tf.concat([...parts], 0), saved: [] }),
    (dy) => tf.tidy(() => tf.split(dy, heights, 0)),
  );
}
