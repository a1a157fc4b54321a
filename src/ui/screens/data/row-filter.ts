/** Which rows of a set match a search, a label and a finding; in slices, so that a million rows freeze nothing. */
import type { Row } from '../../../core/data/dataset';
import { turnOfThePage } from '../../parts/turn';

export interface RowFilter {
  /** Looked for in text and target, upper and lower case alike; empty = all. */
  words: string;
  target: string | null;
  lines: ReadonlySet<number> | null;
}

const ROWS_PER_SLICE = 20_000;

/** Indices of the matching rows in file order; null when aborted. */
export async function filterRows(
  rows: readonly Row[],
  filter: RowFilter,
  signal: AbortSignal,
): Promise<number[] | null> {
  const words = filter.words.trim().toLowerCase();
  const found: number[] = [];
  for (let start = 0; start < rows.length; start += ROWS_PER_SLICE) {
    if (start > 0) await turnOfThePage();
    if (signal.aborted) return null;
    const end = Math.min(rows.length, start + ROWS_PER_SLICE);
    for (let index = start; index < end; index++) {
      const row = rows[index];
      if (row && matches(row, words, filter)) found.push(index);
    }
  }
  return found;
}

function matches(row: Row, words: string, { target, lines }: RowFilter): boolean {
  if (target !== null && row.target !== target) return false;
  if (lines !== null && !lines.has(row.line)) return false;
  return words === '' || row.text.toLowerCase().includes(words) || row.target.toLowerCase().includes(words);
}
