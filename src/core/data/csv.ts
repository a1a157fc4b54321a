/**
 * Reads CSV and TSV line by line: quoted cells, doubled quotes, line breaks inside quotes (RFC 4180), lenient where
 * spreadsheets are. A quote that never closes costs its own line, not the rest of the file: after `MAX_CELL_LINES`
 * the line that opened it is reported and those behind it are read afresh.
 */

/** Longest quoted cell, in lines. */
const MAX_CELL_LINES = 1000;

export interface CsvSink {
  /** One record with the one-based line that it begins at. */
  cells(cells: string[], line: number): void;
  blank(line: number): void;
  fault(line: number, text: string, reason: string): void;
}

export class CsvReader {
  readonly #sink: CsvSink;
  readonly #delimiter: string;
  /** Lines of a record whose quote is still open. */
  #open: { text: string; line: number }[] = [];
  #cells: string[] = [];
  #cell = '';

  constructor(delimiter: string, sink: CsvSink) {
    this.#delimiter = delimiter;
    this.#sink = sink;
  }

  /** Takes the next line, without its line break. */
  push(text: string, line: number): void {
    const continued = this.#open.length > 0;
    if (!continued && text.trim() === '') {
      this.#sink.blank(line);
      return;
    }
    if (!continued && !text.includes('"')) {
      this.#sink.cells(text.split(this.#delimiter), line);
      return;
    }
    this.#open.push({ text, line });
    if (this.#scan(text, continued)) {
      const first = this.#open[0]?.line ?? line;
      const cells = this.#cells;
      this.#reset();
      this.#sink.cells(cells, first);
    } else if (this.#open.length >= MAX_CELL_LINES) {
      this.#giveUp();
    }
  }

  /** Drops the open record because a line inside it could not be decoded; returns the line that it began at. */
  breakOff(): number | null {
    const first = this.#open[0]?.line ?? null;
    this.#reset();
    return first;
  }

  /** Ends the stream: a quote that is open now never closes. */
  end(): void {
    while (this.#open.length > 0) this.#giveUp();
  }

  #giveUp(): void {
    const [first, ...rest] = this.#open;
    this.#reset();
    if (first === undefined) return;
    this.#sink.fault(first.line, first.text, 'a double quote opens a cell and is never closed');
    for (const { text, line } of rest) this.push(text, line);
  }

  #reset(): void {
    this.#open = [];
    this.#cells = [];
    this.#cell = '';
  }

  /** Reads one line into the cells; false while a quote is open at its end. */
  #scan(text: string, continued: boolean): boolean {
    let quoted = continued;
    let i = 0;
    if (continued) this.#cell += '\n';
    for (;;) {
      if (quoted) {
        const quote = text.indexOf('"', i);
        if (quote < 0) {
          this.#cell += text.slice(i);
          return false;
        }
        this.#cell += text.slice(i, quote);
        i = quote + 1;
        if (text[i] === '"') {
          this.#cell += '"';
          i += 1;
          continue;
        }
        quoted = false;
      } else if (this.#cell === '' && text[i] === '"') {
        quoted = true;
        i += 1;
        continue;
      }
      // What stands between a closing quote and the delimiter is kept as it is.
      const next = text.indexOf(this.#delimiter, i);
      this.#cell += text.slice(i, next < 0 ? text.length : next);
      this.#cells.push(this.#cell);
      this.#cell = '';
      if (next < 0) return true;
      i = next + this.#delimiter.length;
    }
  }
}
