/**
 * Rows of a table by id, with a gradient of our own: tfjs's is missing on WebAssembly and differs from run to run on
 * WebGPU (atomic adds). Each id's rows are added up by one product with a 0/1 matrix of the ids that occur, then
 * written to their places; no place is written twice.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { differentiable, matrixShape } from './differentiable';

/** Which rows of a table: [size, width], ids below `size`. */
export interface Lookup {
  table: tf.Tensor;
  ids: Int32Array;
}

/** Sum of the rows looked up in several tables, n ids each: [n, width]; throws `internal` for an id out of range. */
export function embeddingSum(lookups: readonly Lookup[]): tf.Tensor {
  lookups.forEach(refuseOutOfRange);
  return differentiable(
    lookups.map(({ table }) => table),
    () => ({
      value: lookups
        .map(({ table, ids }) => tf.gather(table, tf.tensor1d(ids, 'int32')))
        .reduce((a, b) => tf.add(a, b)),
      saved: [],
    }),
    (dy) => lookups.map(({ table, ids }) => scatter(dy, ids, matrixShape(table))),
  );
}

/** A shader would give zeros for an id that does not exist, without a word. */
function refuseOutOfRange({ table, ids }: Lookup): void {
  const [size] = matrixShape(table);
  const wrong = ids.find((id) => id < 0 || id >= size);
  if (wrong !== undefined) throw new AppError('internal', `Token id ${wrong} is outside the table of ${size}.`);
}

function scatter(dy: tf.Tensor, ids: Int32Array, [size, width]: [number, number]): tf.Tensor {
  const distinct = Int32Array.from(new Set(ids)).sort();
  const position = new Map(Array.from(distinct, (id, i) => [id, i]));
  const membership = new Float32Array(distinct.length * ids.length);
  ids.forEach((id, i) => {
    membership[(position.get(id) ?? 0) * ids.length + i] = 1;
  });
  return tf.tidy(() => {
    const sums = tf.matMul(tf.tensor2d(membership, [distinct.length, ids.length]), dy);
    return tf.scatterND(tf.tensor2d(distinct, [distinct.length, 1], 'int32'), sums, [size, width]);
  });
}
