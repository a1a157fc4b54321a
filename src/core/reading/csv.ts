/**
 * Reads a table line by line: quoted cells, doubled quotes, line breaks inside quotes (RFC 4180), and the dialect in
 * which a quote inside a quoted cell is written `\"`. Lenient where people's files are:
 *
 * A quote that does not enclose its whole cell is a letter. So a quote that begins a cell opens a quoted cell only if
 * a quote closes it, with the delimiter or the end of the line behind, and every quote between is doubled. Where that
 * comes on a later line, the lines between are looked at once more: if each of them is a whole record by itself and
 * has a label of this table in its place, the quotes were letters and the lines are rows. No row vanishes into another.
 */

/** Longest quoted cell, in lines and in characters. */
const MAX_CELL_LINES = 1000;
const MAX_CELL_CHARACTERS = 4 * 1024 * 1024;
const QUOTE = '"';

export type Quoting = 'doubled' | 'backslash';

export interface CsvSink {
  /** One record with the one-based line that it begins at. */
  cells(cells: string[], line: number): void;
  blank(line: number): void;
  fault(line: number, text: string, reason: string): void;
  /** Something that was read all the same: a quote read as a letter, or a cell that holds whole records of the table. */
  odd?(what: 'stray-quotes' | 'table-in-text' | 'backslash-quotes', line: number, text: string): void;
}

export interface CsvOptions {
  delimiter: string;
  quoting?: Quoting;
  /** Cells of a record; 0 where not known, and then nothing is told from it. */
  columns?: number;
  /** Per column, the values that often stand there: labels. Empty where a column has none. */
  labels?: readonly ReadonlySet<string>[];
}

interface OpenLine {
  text: string;
  line: number;
}

/** What one line, or the beginning of a record, gave: its cells, and whether a quoted cell is open at the end. */
interface Scan {
  cells: string[];
  open: boolean;
  /** A quote that began a cell was read as a letter. */
  stray: boolean;
}

export class CsvReader {
  readonly #sink: CsvSink;
  readonly #delimiter: string;
  readonly #backslash: boolean;
  readonly #columns: number;
  readonly #labels: readonly ReadonlySet<string>[];
  /** Lines of a record whose quote is still open. */
  #open: OpenLine[] = [];
  #openCharacters = 0;
  #cells: string[] = [];
  /** The quoted cell that is open, as far as it was read. */
  #cell = '';

  constructor(sink: CsvSink, options: CsvOptions) {
    this.#sink = sink;
    this.#delimiter = options.delimiter;
    this.#backslash = options.quoting === 'backslash';
    this.#columns = options.columns ?? 0;
    this.#labels = options.labels ?? [];
  }

  /** Takes the next line, without its line break. */
  push(text: string, line: number): void {
    if (this.#open.length > 0) {
      this.#continue(text, line);
      return;
    }
    if (!text.includes(QUOTE)) {
      if (text.trim() === '') this.#sink.blank(line);
      else this.#sink.cells(text.split(this.#delimiter), line);
      return;
    }
    const scan = this.#scan(text);
    if (!scan.open) {
      this.#record(text, line, scan);
      return;
    }
    this.#cell = scan.cells.pop() ?? '';
    this.#cells = scan.cells;
    this.#open.push({ text, line });
    this.#openCharacters = text.length;
  }

  /** Drops the open record because a line inside it could not be decoded; returns the line that it began at. */
  breakOff(): number | null {
    const first = this.#open[0]?.line ?? null;
    this.#reset();
    return first;
  }

  /** Ends the stream: a quote that is open now never closes. */
  end(): void {
    if (this.#open.length === 0) return;
    const lines = this.#open;
    const [first] = lines;
    // In a file that was cut off, the last text may have been cut: its lines are not rows then.
    const cut = lines.length > 1 && this.#columns > 1 && !lines.some(({ text }) => this.#isRecord(text));
    if (!cut || first === undefined) {
      this.#reread();
      return;
    }
    this.#reset();
    this.#sink.fault(first.line, first.text, 'a double quote opens a cell and is never closed');
  }

  /** One more line of a record whose quoted cell is open. */
  #continue(text: string, line: number): void {
    this.#open.push({ text, line });
    this.#openCharacters += text.length;
    const close = this.#findClose(text, 0);
    if (close === 'open') {
      this.#cell += `\n${this.#unescape(text)}`;
      if (this.#open.length >= MAX_CELL_LINES || this.#openCharacters > MAX_CELL_CHARACTERS) this.#reread();
      return;
    }
    if (close === 'stray') {
      this.#reread();
      return;
    }
    if (this.#isTable(text.slice(0, close.end))) {
      this.#reread();
      return;
    }
    this.#cells.push(`${this.#cell}\n${this.#unescape(text.slice(0, close.end))}`);
    this.#cell = '';
    if (close.next < 0) {
      this.#finish();
      return;
    }
    const rest = this.#scan(text.slice(close.next));
    const cells = [...this.#cells, ...rest.cells];
    if (rest.open) this.#cell = cells.pop() ?? '';
    this.#cells = cells;
    if (!rest.open) this.#finish();
  }

  /** Gives the record that went over several lines. */
  #finish(): void {
    const lines = this.#open;
    const cells = this.#cells;
    const [first] = lines;
    this.#reset();
    if (first === undefined) return;
    const holdsRecord = this.#columns > 1 && lines.slice(1, -1).some(({ text }) => this.#isWhole(text));
    if (holdsRecord) this.#sink.odd?.('table-in-text', first.line, first.text);
    this.#sink.cells(cells, first.line);
  }

  /** The quote that is open was a letter: its line is a row of its own, and those behind it are read afresh. */
  #reread(): void {
    const [first, ...rest] = this.#open;
    this.#reset();
    if (first === undefined) return;
    this.#record(first.text, first.line, this.#scan(first.text, false));
    for (const { text, line } of rest) this.push(text, line);
  }

  #reset(): void {
    this.#open = [];
    this.#openCharacters = 0;
    this.#cells = [];
    this.#cell = '';
  }

  /** Gives the record of one line; where it has too few or many cells, one of the other ways to read quotes may fit. */
  #record(text: string, line: number, scan: Scan): void {
    let { cells, stray } = scan;
    if (this.#columns > 0 && cells.length !== this.#columns) {
      const other = this.#otherReading(text);
      if (other !== null) {
        ({ cells } = other);
        stray = other.what === 'stray-quotes';
        if (!stray) this.#sink.odd?.('backslash-quotes', line, text);
      }
    }
    if (stray) this.#sink.odd?.('stray-quotes', line, text);
    this.#sink.cells(cells, line);
  }

  #otherReading(text: string): { cells: string[]; what: 'stray-quotes' | 'backslash-quotes' } | null {
    const fits = ({ length }: string[]): boolean => length === this.#columns;
    if (!this.#backslash && text.includes('\\"')) {
      const escaped = this.#scan(text, false, true);
      if (!escaped.open && fits(escaped.cells)) return { cells: escaped.cells, what: 'backslash-quotes' };
    }
    const enclosed = this.#scan(text, false, this.#backslash, true);
    if (fits(enclosed.cells)) return { cells: enclosed.cells, what: 'stray-quotes' };
    const plain = text.split(this.#delimiter);
    return fits(plain) ? { cells: plain, what: 'stray-quotes' } : null;
  }

  /**
   * Cuts one line into cells. With `mayOpen`, a quoted cell that the line does not close is left open: the last of
   * `cells` is its beginning. With `loose`, quotes inside a quoted cell need not be doubled.
   */
  #scan(text: string, mayOpen = true, backslash = this.#backslash, loose = false): Scan {
    const cells: string[] = [];
    let stray = false;
    for (let i = 0; ;) {
      const start = quoteStart(text, i, this.#delimiter);
      if (start >= 0) {
        const close = this.#findClose(text, start + 1, backslash, loose);
        if (close === 'open' && mayOpen) {
          cells.push(this.#unescape(text.slice(start + 1), backslash));
          return { cells, open: true, stray };
        }
        if (close !== 'open' && close !== 'stray') {
          cells.push(this.#unescape(text.slice(start + 1, close.end), backslash));
          if (close.next < 0) return { cells, open: false, stray };
          i = close.next;
          continue;
        }
      }
      const next = text.indexOf(this.#delimiter, i);
      const cell = text.slice(i, next < 0 ? text.length : next);
      // Quotes round the whole cell are taken off, whatever stands between them.
      const enclosed = start === i && cell.length > 1 && cell.endsWith(QUOTE);
      stray ||= start >= 0;
      cells.push(enclosed ? this.#unescape(cell.slice(1, -1), backslash) : cell);
      if (next < 0) return { cells, open: false, stray };
      i = next + this.#delimiter.length;
    }
  }

  /**
   * Where the quoted cell whose text goes on at `from` ends: `end` is the place of its closing quote, `next` that of
   * the next cell or −1 at the end of the line. 'open' where no quote closes it, 'stray' where a quote that is
   * neither doubled nor closing shows that the first one was a letter.
   */
  #findClose(
    text: string,
    from: number,
    backslash = this.#backslash,
    loose = false,
  ): { end: number; next: number } | 'open' | 'stray' {
    for (let i = from; ;) {
      const quote = text.indexOf(QUOTE, i);
      if (quote < 0) return 'open';
      i = quote + 1;
      if (backslash && isEscaped(text, quote, from)) continue;
      if (text[i] === QUOTE) {
        i += 1;
        continue;
      }
      const next = skipBlanks(text, i, this.#delimiter);
      if (next === text.length) return { end: quote, next: -1 };
      if (text.startsWith(this.#delimiter, next)) return { end: quote, next: next + this.#delimiter.length };
      if (!loose) return 'stray';
    }
  }

  #unescape(text: string, backslash = this.#backslash): string {
    const single = text.includes('""') ? text.replaceAll('""', QUOTE) : text;
    return backslash && single.includes('\\') ? single.replace(/\\(["\\])/g, '$1') : single;
  }

  /** True for a line that by itself is a record of this table. */
  #isWhole(text: string): boolean {
    return text.split(this.#delimiter).length === this.#columns;
  }

  /** True for a whole record that has a label in its place; any whole record where the table shows no labels. */
  #isRecord(text: string): boolean {
    const cells = text.split(this.#delimiter);
    if (cells.length !== this.#columns) return false;
    const labelled = this.#labels.some((values) => values.size > 0);
    return !labelled || this.#labels.some((values, i) => values.has((cells[i] ?? '').trim()));
  }

  /** True where the lines of the open record, the last one only as far as `last`, are rows of the table by themselves. */
  #isTable(last: string): boolean {
    if (this.#columns < 2 || !this.#labels.some((values) => values.size > 0)) return false;
    const texts = this.#open.map(({ text }) => text);
    texts[texts.length - 1] = last;
    const [first = ''] = texts;
    if (this.#scan(first, false).cells.length !== this.#columns) return false;
    const rows = texts.filter((text) => this.#isRecord(text)).length;
    return rows >= Math.max(2, texts.length * 0.8);
  }
}

/** Place of the quote that begins the cell at `i`, blanks before it passed over; −1 where none does. */
function quoteStart(text: string, i: number, delimiter: string): number {
  const at = skipBlanks(text, i, delimiter);
  return text[at] === QUOTE ? at : -1;
}

function skipBlanks(text: string, from: number, delimiter: string): number {
  let i = from;
  while ((text[i] === ' ' || text[i] === '\t') && text[i] !== delimiter) i++;
  return i;
}

/** True where an odd number of backslashes stands before the quote at `quote`, in a cell that begins at `from`. */
function isEscaped(text: string, quote: number, from: number): boolean {
  let i = quote;
  while (i > from && text[i - 1] === '\\') i--;
  return (quote - i) % 2 === 1;
}
