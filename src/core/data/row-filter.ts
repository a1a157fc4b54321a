/** Which rows match a search, a label and the lines of a finding. */
import type { Row } from './dataset';

export interface RowFilter {
  /** Looked for in text and target, upper and lower case alike; empty = all. */
  words: string;
  target: string | null;
  /** One-based lines of the file; null = all. */
  lines: readonly number[] | null;
}

/** True for the rows that a filter lets through. */
export function rowMatcher({ words, target, lines }: RowFilter): (row: Row) => boolean {
  const needle = words.trim().toLowerCase();
  const wanted = lines === null ? null : new Set(lines);
  return (row) => {
    if (target !== null && row.target !== target) return false;
    if (wanted !== null && !wanted.has(row.line)) return false;
    return needle === '' || row.text.toLowerCase().includes(needle) || row.target.toLowerCase().includes(needle);
  };
}
