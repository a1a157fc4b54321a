/** The rows and lines of findings as sets, each finding's beside what is kept of it in the record of the data set. */
import type { Row } from '../data/dataset';
import type { Finding, FoundFinding } from '../data/finding';
import { packRows, type RowSet } from '../data/row-set';

/** A finding for the record, and where all of it stands. */
export interface PlacedFinding {
  finding: Finding;
  /** Ids of its usable rows. */
  rowIds: RowSet;
  lines: RowSet;
}

/** The same findings with their rows: those found by line alone have the usable ones of these lines. */
export function placeFindings(found: readonly FoundFinding[], rows: readonly Row[]): PlacedFinding[] {
  const byLine = found.filter(({ rowIds, lines }) => rowIds === null && lines.length > 0);
  const wanted = byLine.map(({ lines }) => new Set(lines));
  const foundAt = byLine.map((): number[] => []);
  if (byLine.length > 0) {
    for (const { rowId, line } of rows)
      for (const [i, set] of wanted.entries()) if (set.has(line)) foundAt[i]?.push(rowId);
  }
  return found.map((one) => {
    const { lines, rowIds, ...words } = one;
    const own = packRows(rowIds ?? foundAt[byLine.indexOf(one)] ?? []);
    return { finding: { ...words, rowCount: own.count }, rowIds: own, lines: packRows(lines) };
  });
}
