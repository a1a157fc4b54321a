/**
 * Gathers what is come upon while a file is read, and which rows had to be left out.
 */
import { excerpt } from '../words/excerpt';
import type { LeftOutReason } from '../data/dataset';
import { type FoundFinding, Hits, makeFinding } from '../data/finding';
import { READING_WORDS, type ReadingNote } from './reading-words';

/** Rows left out that are listed with their reasons. */
const MAX_LEFT_OUT_ROWS = 10_000;

/** A row that could not be used. */
export interface LeftOutRow {
  line: number;
  reason: string;
  excerpt: string;
}

export class ReadingNotes {
  leftOut = 0;
  readonly #leftOutRows: LeftOutRow[] = [];
  readonly #leftOutBy = new Map<ReadingNote, number>();
  readonly #hits = new Map<ReadingNote, Hits>();

  /** How often something was noted. */
  count(id: ReadingNote): number {
    return this.#hits.get(id)?.count ?? 0;
  }

  /** Something that was read all the same, and is said. */
  note(id: ReadingNote, line: number, text: string, reason = ''): void {
    let hits = this.#hits.get(id);
    if (hits === undefined) this.#hits.set(id, (hits = new Hits()));
    hits.addLine(line, text, reason);
  }

  /** A row that cannot be used, and why. */
  leaveOut(id: ReadingNote, line: number, text: string, reason: string): void {
    this.leftOut += 1;
    this.#leftOutBy.set(id, (this.#leftOutBy.get(id) ?? 0) + 1);
    if (this.#leftOutRows.length < MAX_LEFT_OUT_ROWS) {
      this.#leftOutRows.push({ line, reason, excerpt: excerpt(text) });
    }
    this.note(id, line, text, reason);
  }

  /** The first `MAX_LEFT_OUT_ROWS` rows left out, in file order: the first records are judged a little late. */
  leftOutRows(): LeftOutRow[] {
    return this.#leftOutRows.toSorted((a, b) => a.line - b.line);
  }

  /** How many rows were left out for each reason, in the order in which the reasons came up. */
  leftOutReasons(): LeftOutReason[] {
    return [...this.#leftOutBy].map(([id, count]) => ({ id, count }));
  }

  /** One finding per kind of note, in the order of `READING_WORDS`. */
  findings(): FoundFinding[] {
    const findings: FoundFinding[] = [];
    for (const [id, hits] of this.#hits) {
      const { severity, title, detail } = READING_WORDS[id];
      const lines = hits.lines.toSorted((a, b) => a - b);
      const examples = hits.examples.toSorted((a, b) => a.line - b.line);
      const words = { id, severity, title: title(hits.count), detail };
      findings.push(makeFinding(words, { count: hits.count, lines, rowIds: null, examples }));
    }
    const order = Object.keys(READING_WORDS);
    return findings.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  }
}
