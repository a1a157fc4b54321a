/** The transpose of a matrix; without a gradient, for use inside gradients. */
import * as tf from '@tensorflow/tfjs-core';
import { matrixShape } from './differentiable';
import { currentPath } from './path';

/** Side of the squares that are moved at once: two of them fit the first-level cache. */
const TILE = 32;

/** [rows, columns] → [columns, rows] */
export function transpose(matrix: tf.Tensor): tf.Tensor {
  const path = currentPath();
  if (path.kind !== 'wasm') return tf.transpose(matrix);
  const { heap } = path;
  const [rows, columns] = matrixShape(matrix);
  const out = heap.make([columns, rows]);
  const from = heap.view(matrix);
  const to = heap.view(out);
  for (let row0 = 0; row0 < rows; row0 += TILE) {
    const rowEnd = Math.min(row0 + TILE, rows);
    for (let column0 = 0; column0 < columns; column0 += TILE) {
      const columnEnd = Math.min(column0 + TILE, columns);
      for (let column = column0; column < columnEnd; column++) {
        for (let row = row0; row < rowEnd; row++) to[column * rows + row] = from[row * columns + column] ?? 0;
      }
    }
  }
  return out;
}
