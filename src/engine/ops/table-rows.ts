/**
 * Rows of a table by their ids, [size, width] → [n, width]; its gradient adds up the places of each id. A table may stay
 * in blocks: then only the rows asked for are unpacked, and there is no gradient.
 */
import * as tf from '@tensorflow/tfjs-core';
import { TABLE_ROWS_GROUP, packedTableRows } from '../kernels/table-rows';
import { differentiable } from './differentiable';
import { gpuTableGradient, portableTableGradient, refuseOutOfRange } from './embedding';
import { type Matrix, PackedMatrix, unpackedOnly } from './packed-matrix';
import { currentPath } from './path';
import { sumPlacesInto, sumRowsInto } from './wasm/embedding';

/** A packed table has its lines as outputs: shape [width, size]. Throws `internal` for an id out of range. */
export function tableRows(table: Matrix, ids: Int32Array): tf.Tensor {
  if (table instanceof PackedMatrix) return packedRows(table, ids);
  refuseOutOfRange({ table, ids });
  const path = currentPath();
  const [, width = 0] = table.shape;
  return differentiable(
    [table],
    () => {
      if (path.kind !== 'wasm') return { value: tf.gather(table, tf.tensor1d(ids, 'int32')), saved: [] };
      const value = path.heap.make([ids.length, width]);
      sumRowsInto([{ table: path.heap.view(table), ids }], path.heap.view(value), width);
      return { value, saved: [] };
    },
    (dy) =>
      tf.tidy(() => {
        if (path.kind === 'webgpu') return [gpuTableGradient(path.gpu, { table, ids }, dy)];
        if (path.kind === 'portable') return [portableTableGradient({ table, ids }, dy)];
        const gradient = path.heap.make(table.shape);
        sumPlacesInto(path.heap.view(dy), ids, path.heap.view(gradient), width);
        return [gradient];
      }),
  );
}

function packedRows(table: PackedMatrix, ids: Int32Array): tf.Tensor {
  const [width, size] = table.shape;
  refuseOutOfRange({ table: { shape: [size, width] }, ids });
  const path = currentPath();
  if (path.kind === 'wasm') return path.heap.unpackLines(table, ids);
  if (path.kind === 'portable') return unpackedOnly(table);
  return tf.tidy(() => {
    const out = path.gpu.make([ids.length, width]);
    path.gpu.run(packedTableRows(table.type), {
      inputs: [table.words, tf.tensor1d(ids, 'int32')],
      outputs: [out],
      uniforms: [ids.length, width, size],
      groups: Math.ceil((ids.length * width) / 4 / TABLE_ROWS_GROUP),
    });
    return out;
  });
}
