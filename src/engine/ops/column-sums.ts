/** Sums over the rows of a matrix: the gradient of a bias. Without a gradient of its own. */
import * as tf from '@tensorflow/tfjs-core';
import { matrixShape } from './differentiable';
import { wasmHeap } from './wasm/heap';

/** [rows, columns] → [columns]; on WebAssembly added up in float64. */
export function columnSums(matrix: tf.Tensor): tf.Tensor {
  const heap = wasmHeap();
  if (heap === null) return tf.sum(matrix, 0);
  const [rows, columns] = matrixShape(matrix);
  const out = heap.make([columns]);
  const values = heap.view(matrix);
  const sums = new Float64Array(columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) sums[column] = (sums[column] ?? 0) + (values[i] ?? 0);
  }
  heap.view(out).set(sums);
  return out;
}
