/**
 * A finding: something about the data that a person should know, with the rows and lines it is about.
 * `Hits` gathers them while a rule looks at the rows. What is kept in the record of a data set is small; all rows and
 * lines stand in sets of their own (see `placeFindings` and storage).
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
  /** At most five examples to show at once: line, an excerpt, and the reason where each line has its own. */
  examples: FindingExample[];
  /** How many usable rows it is about: so many the table shows. The others of `count` are lines that were left out. */
  rowCount: number;
  /** True where an older version of Hone kept its first 10,000 lines only: the rows of the others are not known. */
  capped?: boolean;
}

export interface FindingExample {
  line: number;
  excerpt: string;
  reason: string;
}

/** A finding as it is found, with all its places. */
export interface FoundFinding extends Omit<Finding, 'rowCount' | 'capped'> {
  /** One-based. */
  lines: number[];
  /** Ids of its rows; null where it was found before there were rows: they are those of its lines. */
  rowIds: number[] | null;
}

export const MAX_FINDING_EXAMPLES = 5;

/** The places of one finding: all are counted and kept, the first ones with their words. */
export class Hits {
  readonly lines: number[] = [];
  readonly examples: FindingExample[] = [];
  rowIds: number[] | null = null;

  get count(): number {
    return this.lines.length;
  }

  /** Notes one row; `text` is cut to an excerpt only where it will be shown. */
  add({ rowId, line }: { rowId: number; line: number }, text: string, reason = ''): void {
    (this.rowIds ??= []).push(rowId);
    this.addLine(line, text, reason);
  }

  /** Notes one line, of which nobody knows yet whether it will be a row. */
  addLine(line: number, text: string, reason = ''): void {
    this.lines.push(line);
    if (this.examples.length < MAX_FINDING_EXAMPLES) this.examples.push({ line, excerpt: excerpt(text), reason });
  }
}

/** A finding from its words and its places; `hits` may be left out where it is about the file as a whole. */
export function makeFinding(
  words: Pick<Finding, 'id' | 'severity' | 'title' | 'detail'>,
  hits: Pick<FoundFinding, 'count' | 'lines' | 'rowIds' | 'examples'> = new Hits(),
): FoundFinding {
  return { ...words, count: hits.count, lines: hits.lines, rowIds: hits.rowIds, examples: hits.examples };
}
