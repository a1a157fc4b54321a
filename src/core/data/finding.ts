/**
 * A finding: something about the data that a person should know, with the lines it is about.
 * `Hits` gathers the lines of one finding without ever holding more than can be shown.
 */
import { excerpt } from '../words/excerpt';

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
  /** Whether any of its lines is a usable row; absent where nobody looked, as in records of version 0.1. */
  hasRows?: boolean;
}

export interface FindingExample {
  line: number;
  excerpt: string;
  reason: string;
}

export const MAX_FINDING_LINES = 10_000;
export const MAX_FINDING_EXAMPLES = 5;

/** The lines of one finding: all are counted, the first ones are kept. */
export class Hits {
  count = 0;
  readonly lines: number[] = [];
  readonly examples: FindingExample[] = [];

  /** Notes one line; `text` is cut to an excerpt only where it will be shown. */
  add(line: number, text: string, reason = ''): void {
    this.count += 1;
    if (this.lines.length < MAX_FINDING_LINES) this.lines.push(line);
    if (this.examples.length < MAX_FINDING_EXAMPLES) this.examples.push({ line, excerpt: excerpt(text), reason });
  }
}

/** A finding from its words and its lines; `hits` may be left out where it is about the file as a whole. */
export function makeFinding(
  words: Pick<Finding, 'id' | 'severity' | 'title' | 'detail'>,
  hits: Pick<Finding, 'count' | 'lines' | 'examples'> = new Hits(),
): Finding {
  return { ...words, count: hits.count, lines: hits.lines, examples: hits.examples };
}
