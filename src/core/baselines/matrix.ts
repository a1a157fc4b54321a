/**
 * Feature matrices, dense or sparse, one row per text.
 */
import { AppError } from '../errors';

export interface DenseMatrix {
  kind: 'dense';
  rows: number;
  columns: number;
  /** [rows, columns] */
  values: Float32Array;
}

/** Compressed rows: row i holds entries rowStarts[i] … rowStarts[i + 1] − 1, columns rising. */
export interface SparseMatrix {
  kind: 'sparse';
  rows: number;
  columns: number;
  /** [rows + 1] */
  rowStarts: Int32Array;
  columnIndices: Int32Array;
  values: Float64Array;
}

export type Matrix = DenseMatrix | SparseMatrix;

/** Wraps row-major values; throws `internal` when they do not fill whole rows. */
export function denseMatrix(values: Float32Array, columns: number): DenseMatrix {
  const rows = columns === 0 ? 0 : values.length / columns;
  if (!Number.isInteger(rows)) throw new AppError('internal', `${values.length} values are no rows of ${columns}.`);
  return { kind: 'dense', rows, columns, values };
}

/** A copy of some rows, in the order given. */
export function takeRows(matrix: Matrix, indices: ArrayLike<number>): Matrix {
  const { columns } = matrix;
  const rows = indices.length;
  if (matrix.kind === 'dense') {
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      const from = (indices[i] ?? 0) * columns;
      values.set(matrix.values.subarray(from, from + columns), i * columns);
    }
    return { kind: 'dense', rows, columns, values };
  }
  const rowStarts = new Int32Array(rows + 1);
  for (let i = 0; i < rows; i++) {
    const row = indices[i] ?? 0;
    rowStarts[i + 1] = (rowStarts[i] ?? 0) + (matrix.rowStarts[row + 1] ?? 0) - (matrix.rowStarts[row] ?? 0);
  }
  const columnIndices = new Int32Array(rowStarts[rows] ?? 0);
  const values = new Float64Array(rowStarts[rows] ?? 0);
  for (let i = 0; i < rows; i++) {
    const row = indices[i] ?? 0;
    const from = matrix.rowStarts[row] ?? 0;
    const to = matrix.rowStarts[row + 1] ?? 0;
    columnIndices.set(matrix.columnIndices.subarray(from, to), rowStarts[i] ?? 0);
    values.set(matrix.values.subarray(from, to), rowStarts[i] ?? 0);
  }
  return { kind: 'sparse', rows, columns, rowStarts, columnIndices, values };
}
