/** Findings as the row table needs them: by line, and each in a word or two. Pure. */
import type { Finding } from '../../../core/data/finding';
import { firstFrom } from './places';

/** The id of its kind as words: `near-duplicates` → «Near duplicates». */
export function findingWord({ id }: Pick<Finding, 'id'>): string {
  const words = id.replace(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Findings that have usable rows to show, in their order. */
export function findingsWithRows(findings: readonly Finding[]): Finding[] {
  return findings.filter(hasRows);
}

/** Whether any of its lines is a usable row; one of version 0.1 does not say, and may be looked at. */
export function hasRows(finding: Finding): boolean {
  return finding.lines.length > 0 && finding.hasRows !== false;
}

/**
 * The findings of a line, the rarest first. What is true of more than half of the rows says nothing about one of them,
 * and is left out.
 */
export class FindingsOfLine {
  readonly #findings: { finding: Finding; lines: Int32Array }[];

  constructor(findings: readonly Finding[], rowCount: number) {
    this.#findings = findings
      .filter(({ count }) => count <= rowCount / 2)
      .toSorted((a, b) => a.count - b.count)
      .map((finding) => ({ finding, lines: Int32Array.from(finding.lines).sort() }));
  }

  at(line: number): Finding[] {
    return this.#findings.filter(({ lines }) => lines[firstFrom(lines, line)] === line).map(({ finding }) => finding);
  }
}
