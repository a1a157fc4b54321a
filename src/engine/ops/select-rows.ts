/**
 * Some rows of a matrix, each at most once: y = x[rows]. The gradient puts them back where they were and 0 elsewhere, by a
 * lookup: no sums, so the same bits on every run, where tfjs adds them up one by one in any order.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { differentiable, matrixShape } from './differentiable';

/** x: [all, width], rows: [count] different ones → [count, width]. Throws `internal` for a row that is not there or is there twice. */
export function selectRows(x: tf.Tensor, rows: Int32Array): tf.Tensor {
  const [all, width] = matrixShape(x);
  const place = new Int32Array(all).fill(rows.length);
  rows.forEach((row, i) => {
    if (place[row] !== rows.length) throw new AppError('internal', `Row ${row} of ${all} cannot be selected.`);
    place[row] = i;
  });
  return differentiable(
    [x],
    () => ({ value: tf.gather(x, tf.tensor1d(rows, 'int32')), saved: [] }),
    (dy) =>
      tf.tidy(() => {
        const withZeros = tf.concat([dy, tf.zeros([1, width])], 0);
        return [tf.gather(withZeros, tf.tensor1d(place, 'int32'))];
      }),
  );
}
