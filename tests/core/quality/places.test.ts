import { expect, test } from 'vitest';
import { makeFinding } from '../../../src/core/data/finding';
import { listRows } from '../../../src/core/data/row-set';
import { placeFindings } from '../../../src/core/quality/places';

const rows = [2, 8, 1_000_001].map((line) => ({ rowId: line + 5, line, text: '', target: '' }));
const finding = (lines: number[], rowIds: number[] | null = null) =>
  makeFinding(
    { id: lines.join(), severity: 'warning', title: '', detail: '' },
    { count: lines.length, lines, rowIds, examples: [] },
  );

test('what was found by line has the usable rows of these lines', () => {
  const placed = placeFindings([finding([1, 3, 16]), finding([1, 8]), finding([1_000_001]), finding([])], rows);
  expect(placed.map(({ finding }) => finding.rowCount)).toEqual([0, 1, 1, 0]);
  expect(placed.map(({ rowIds }) => [...listRows(rowIds)])).toEqual([[], [13], [1_000_006], []]);
  expect(placed.map(({ lines }) => [...listRows(lines)])).toEqual([[1, 3, 16], [1, 8], [1_000_001], []]);
});

test('what was found in rows has these rows, also where another stands in the same line', () => {
  const twins = [7, 9].map((rowId) => ({ rowId, line: 2, text: '', target: '' }));
  const [placed] = placeFindings([finding([2], [9])], twins);
  expect(placed?.finding).toEqual({
    ...{ id: '2', severity: 'warning', title: '', detail: '', count: 1, examples: [], rowCount: 1 },
  });
  expect(placed && [...listRows(placed.rowIds)]).toEqual([9]);
});
