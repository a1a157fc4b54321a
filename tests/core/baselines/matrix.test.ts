import { expect, test } from 'vitest';
import { denseMatrix, takeRows, type SparseMatrix } from '../../../src/core/baselines/matrix';

test('rows are taken in the order asked for, again where asked twice', () => {
  const x = denseMatrix(Float32Array.of(1, 2, 3, 4, 5, 6), 2);
  expect(takeRows(x, [2, 0, 2])).toEqual(denseMatrix(Float32Array.of(5, 6, 1, 2, 5, 6), 2));
});

test('sparse rows keep their entries, empty ones included', () => {
  const x: SparseMatrix = {
    kind: 'sparse',
    rows: 3,
    columns: 4,
    rowStarts: Int32Array.of(0, 2, 2, 3),
    columnIndices: Int32Array.of(0, 3, 1),
    values: Float64Array.of(0.5, 0.25, 1),
  };
  expect(takeRows(x, [2, 1, 0])).toEqual({
    ...x,
    rowStarts: Int32Array.of(0, 1, 1, 3),
    columnIndices: Int32Array.of(1, 0, 3),
    values: Float64Array.of(1, 0.5, 0.25),
  });
});

test('values that fill no whole rows are an error', () => {
  expect(() => denseMatrix(new Float32Array(5), 2)).toThrow('no rows of 2');
});
