/** Sums over the rows of a matrix: the gradient of a bias. Without a gradient of its own. */
import * as tf from '@tensorflow/tfjs-core';
import { matrixShape } from './differentiable';
import { currentPath } from './path';

/** [rows, columns] → [columns]; on WebAssembly added up in float64. */
export function columnSums(matrix: tf.Tensor): tf.Tensor {
  const path = currentPath();
  if (path.kind !== 'wasm') return tf.sum(matrix, 0);
  const [rows, columns] = matrixShape(matrix);
  const out = path.heap.make([columns]);
  const values = path.heap.view(matrix);
  const sums = new Float64Array(columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) sums[column] = (sums[column] ?? 0) + (values[i] ?? 0);
  }
  path.heap.view(out).set(sums);
  return out;
}
