/** A finding: something about the data that a person should know, with the lines it is about. */
export type Severity = 'blocking' | 'repairable' | 'warning';

export interface Finding {
  /** Stable id of the kind of finding: `duplicates`, `tiny-classes` … one file each under core/quality. */
  id: string;
  severity: Severity;
  /** One short sentence: what. */
  title: string;
  /** One or two short sentences: why it matters, what was done, what to do. */
  detail: string;
  /** How many rows or lines it is about. */
  count: number;
  /** One-based lines, at most `MAX_FINDING_LINES`; `count` may be larger. */
  lines: number[];
  /** At most five examples to show at once: line, an excerpt, and the reason where each line has its own. */
  examples: FindingExample[];
}

export interface FindingExample {
  line: number;
  excerpt: string;
  reason: string;
}

export const MAX_FINDING_LINES = 10_000;
