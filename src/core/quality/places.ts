/** The rows and lines of findings as sets, each finding's beside what is kept of it in the record of the data set. */
import type { Row } from '../data/dataset';
import type { Finding, FoundFinding } from '../data/finding';
import { hasRow, packRows, type RowSet } from '../data/row-set';

/** A finding for the record, and where all of it stands. */
export interface PlacedFinding {
  finding: Finding;
  /** Ids of its usable rows. */
  rowIds: RowSet;
  lines: RowSet;
}

/** The same findings with their rows: those found by line alone have the usable ones of these lines. */
export function placeFindings(found: readonly FoundFinding[], rows: readonly Row[]): PlacedFinding[] {
  return found.map(({ lines, rowIds, ...words }) => {
    // As a set of bits, not of numbers: of a million lines the latter takes forty megabytes.
    const set = packRows(lines);
    const own = packRows(rowIds ?? rowsIn(set, rows));
    return { finding: { ...words, rowCount: own.count }, rowIds: own, lines: set };
  });
}

function rowsIn(lines: RowSet, rows: readonly Row[]): number[] {
  const found: number[] = [];
  if (lines.count > 0) for (const { rowId, line } of rows) if (hasRow(lines, line)) found.push(rowId);
  return found;
}
