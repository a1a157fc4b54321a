/** Which findings have usable rows to show: the others are about lines that were left out. */
import type { Row } from '../data/dataset';
import type { Finding } from '../data/finding';

/** The same findings, each of which says whether any of its lines is a row. */
export function markRows(findings: readonly Finding[], rows: readonly Row[]): Finding[] {
  let last = 0;
  for (const { line } of rows) if (line > last) last = line;
  // One bit a line: a set of a million numbers takes forty megabytes.
  const usable = new Uint8Array((last >> 3) + 1);
  for (const { line } of rows) usable[line >> 3] = (usable[line >> 3] ?? 0) | (1 << (line & 7));
  const isRow = (line: number): boolean => ((usable[line >> 3] ?? 0) & (1 << (line & 7))) !== 0;
  return findings.map((finding) => ({ ...finding, hasRows: finding.lines.some(isRow) }));
}
