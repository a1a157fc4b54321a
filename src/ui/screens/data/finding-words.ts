/** Findings as the row table needs them: those with rows, those of one row, and each in a word or two. Pure. */
import type { Finding } from '../../../core/data/finding';

/** The id of its kind as words: `near-duplicates` → «Near duplicates». */
export function findingWord({ id }: Pick<Finding, 'id'>): string {
  const words = id.replace(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Findings that have usable rows to show, in their order. */
export function findingsWithRows(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ rowCount }) => rowCount > 0);
}

/**
 * The findings of a row, the rarest first. What is true of more than half of the rows says nothing about one of them,
 * and is left out.
 */
export function findingsOfRow(findings: readonly Finding[], ids: readonly string[], rowCount: number): Finding[] {
  return findings
    .filter((finding) => finding.rowCount <= rowCount / 2 && ids.includes(finding.id))
    .toSorted((a, b) => a.rowCount - b.rowCount);
}
