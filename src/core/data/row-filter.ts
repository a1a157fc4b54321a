/** Which rows match a search, a label, a part and a finding, and in which order they are listed. */
import type { Part, Row } from './dataset';
import { hasRow, type RowSet } from './row-set';

export interface RowFilter {
  /** Looked for in text and target, upper and lower case alike; empty = all. */
  words: string;
  target: string | null;
  part: Part | null;
  /** Only rows of this finding; null = all. */
  findingId: string | null;
}

/** That of the file, or by one thing, and then that of the file. */
export type RowOrder = 'file' | 'label' | 'shortest' | 'longest';

export const EVERY_ROW: RowFilter = { words: '', target: null, part: null, findingId: null };

/** True where the filter lets every row through. */
export function letsAll({ words, target, part, findingId }: RowFilter): boolean {
  return words.trim() === '' && target === null && part === null && findingId === null;
}

/** True for the rows that a filter lets through; `ofFinding`: the rows of its finding, where it names one. */
export function rowMatcher({ words, target, part }: RowFilter, ofFinding: RowSet | null): (row: Row) => boolean {
  const needle = words.trim().toLowerCase();
  return (row) => {
    if (target !== null && row.target !== target) return false;
    if (part !== null && row.part !== part) return false;
    if (ofFinding !== null && !hasRow(ofFinding, row.rowId)) return false;
    return needle === '' || row.text.toLowerCase().includes(needle) || row.target.toLowerCase().includes(needle);
  };
}
