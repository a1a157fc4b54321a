/**
 * Gives the cells of a table their column names, and passes over what is no row.
 */
import type { ReadingNotes } from './reading-notes';
import type { RecordSink } from './record-sink';
import { columnName, type TableLayout } from './table-layout';

/** What a table reader needs to know of the table. */
export type TableNames = Pick<TableLayout, 'headless' | 'shifted' | 'empty'>;

export class TableReader {
  readonly #sink: RecordSink;
  readonly #table: TableNames;
  readonly #notes: ReadingNotes;
  #names: string[] | null = null;
  /** The header as it stood in the file, joined, to know it again in glued files. */
  #header: string | null = null;

  constructor(sink: RecordSink, table: TableNames) {
    this.#sink = sink;
    this.#table = table;
    this.#notes = sink.notes;
  }

  /** Takes the cells of the header or of a row: texts, or in JSON lists any values. */
  take(cells: readonly unknown[], line: number): void {
    if (this.#names === null) {
      this.#names = this.#nameColumns(cells);
      const names = this.#names.filter((_, i) => !this.#table.empty.has(i));
      this.#sink.header(names, line);
      if (!this.#table.headless) {
        this.#header = JSON.stringify(cells);
        return;
      }
    }
    const names = this.#names;
    if (cells.every(isBlank)) {
      this.#notes.leaveOut('empty-rows', line, '', 'all cells are empty');
      return;
    }
    if (cells.length > names.length && cells.slice(names.length).some((cell) => !isBlank(cell))) {
      const where = this.#table.headless ? 'the first row' : 'the header';
      const reason = `${cells.length} cells, where ${where} has ${names.length}`;
      this.#notes.leaveOut('ragged-rows', line, cells.map(String).join(' | '), reason);
      return;
    }
    if (this.#header !== null && cells[0] === names[0] && JSON.stringify(cells) === this.#header) {
      this.#notes.note('repeated-header', line, cells.map(String).join(' | '));
      return;
    }
    this.#give(names, cells, line);
  }

  #give(names: readonly string[], cells: readonly unknown[], line: number): void {
    // Without a prototype, so that a column called __proto__ is a column like any other.
    const record: Record<string, unknown> = Object.create(null);
    let size = 0;
    for (const [i, name] of names.entries()) {
      const cell = cells[i];
      if (cell === undefined) break;
      if (this.#table.empty.has(i)) {
        if (!isBlank(cell)) this.#notes.note('unnamed-cells', line, String(cell));
        continue;
      }
      record[name] = cell;
      size += typeof cell === 'string' ? cell.length : 8;
    }
    this.#sink.record(record, line, size);
  }

  #nameColumns(cells: readonly unknown[]): string[] {
    if (this.#table.headless) return cells.map((_, i) => columnName(i));
    const named = cells.map((cell) => (isBlank(cell) ? '' : String(cell).trim()));
    return uniqueNames(this.#table.shifted ? ['', ...named] : named);
  }
}

function isBlank(cell: unknown): boolean {
  return cell === null || cell === undefined || (typeof cell === 'string' && cell.trim() === '');
}

/** The names with «(2)» behind the second of its kind, and those without by their place. */
function uniqueNames(cells: readonly string[]): string[] {
  const taken = new Set<string>(cells);
  const uses = new Map<string, number>();
  return cells.map((cell, i) => {
    const base = cell === '' ? columnName(i) : cell;
    let use = (uses.get(base) ?? 0) + 1;
    // A name that is the file's own elsewhere is not given twice.
    while ((use > 1 || cell === '') && taken.has(use === 1 ? base : `${base} (${use})`)) use += 1;
    uses.set(base, use);
    return use === 1 ? base : `${base} (${use})`;
  });
}
