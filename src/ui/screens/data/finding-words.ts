/** Findings as the row table needs them: by line, and each in a word or two. Pure. */
import type { Row } from '../../../core/data/dataset';
import type { Finding } from '../../../core/quality/finding';

/** The id of its kind as words: `near-duplicates` → «Near duplicates». */
export function findingWord({ id }: Pick<Finding, 'id'>): string {
  const words = id.replace(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Findings that have usable rows to show, in their order. */
export function findingsWithRows(findings: readonly Finding[], rows: readonly Row[]): Finding[] {
  const usable = new Set(rows.map(({ line }) => line));
  return findings.filter(({ lines }) => lines.some((line) => usable.has(line)));
}

/**
 * The findings of each line, the rarest first. What is true of more than half of the rows says nothing about one of
 * them, and is left out.
 */
export function findingsByLine(findings: readonly Finding[], rowCount: number): ReadonlyMap<number, Finding[]> {
  const byLine = new Map<number, Finding[]>();
  const telling = findings.filter(({ count }) => count <= rowCount / 2);
  for (const finding of telling.toSorted((a, b) => a.count - b.count)) {
    for (const line of finding.lines) {
      const known = byLine.get(line);
      if (known) known.push(finding);
      else byLine.set(line, [finding]);
    }
  }
  return byLine;
}
