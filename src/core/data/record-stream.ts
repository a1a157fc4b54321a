/**
 * From bytes to records: the splitter and reader that a layout asks for, behind one `push`.
 */
import { CsvReader } from './csv';
import type { Layout } from './container';
import type { DataRecord } from './field-names';
import type { Mapping } from './formats';
import { decodePiece, parseRecord } from './json-records';
import { JsonValueSplitter } from './json-values';
import { LineSplitter, type Piece, type Splitter } from './pieces';
import type { ReadingNotes } from './reading-notes';

/** Takes the records in file order; `size` is about the bytes it was read from. */
export interface RecordSink {
  readonly notes: ReadingNotes;
  record(record: DataRecord, line: number, size: number): void;
  /** The column names of a table, before its first record. */
  header(names: readonly string[], line: number): void;
}

export class RecordStream implements Splitter {
  readonly layout: Layout;
  readonly #splitter: Splitter;
  readonly #table: CsvReader | null;

  constructor(layout: Layout, sink: RecordSink, mapping: Partial<Mapping> | undefined) {
    this.layout = layout;
    const { notes } = sink;
    if (layout.container === 'csv' || layout.container === 'tsv') {
      const table = new TableReader(sink, mapping);
      const reader = new CsvReader(layout.delimiter, {
        cells: (cells, line) => table.take(cells, line),
        blank: (line) => notes.note('blank-lines', line, ''),
        fault: (line, text, reason) => notes.leaveOut('ragged-rows', line, text, reason),
      });
      this.#table = reader;
      this.#splitter = new LineSplitter((piece) => pushLine(piece, reader, notes), layout.separator);
    } else {
      this.#table = null;
      const take = (piece: Piece): void => takeJson(piece, sink);
      this.#splitter =
        layout.container === 'jsonl'
          ? new LineSplitter(take, layout.separator)
          : new JsonValueSplitter(take, {
              kind: layout.container === 'json-array' ? 'array' : 'objects',
              resyncIndent: layout.resyncIndent,
              onOddity: (what, line) => {
                notes.note(what === 'trailing-comma' ? 'trailing-commas' : 'array-end', line, '', ODDITIES[what]);
              },
            });
    }
  }

  push(chunk: Uint8Array): void {
    this.#splitter.push(chunk);
  }

  end(): void {
    this.#splitter.end();
    this.#table?.end();
  }
}

const ODDITIES = {
  'trailing-comma': 'a comma before the end of the array',
  'open-end': 'the array is never closed',
  'text-outside': 'text outside the array',
} as const;

function takeJson(piece: Piece, sink: RecordSink): void {
  let text = decodePiece(piece, sink.notes);
  if (text === null) return;
  // Files that were glued together have a mark in their middle.
  if (text.startsWith('\ufeff')) {
    sink.notes.note('bom', piece.number, '');
    text = text.slice(1);
  }
  if (text.trim() === '') {
    sink.notes.note('blank-lines', piece.number, '');
    return;
  }
  const record = parseRecord(text, piece, sink.notes);
  if (record !== null) sink.record(record, piece.number, piece.bytes.length);
}

function pushLine(piece: Piece, reader: CsvReader, notes: ReadingNotes): void {
  const text = decodePiece(piece, notes);
  if (text !== null) {
    reader.push(text, piece.number);
    return;
  }
  const broken = reader.breakOff();
  if (broken !== null) notes.leaveOut('ragged-rows', broken, '', `line ${piece.number} of this row cannot be read`);
}

/** Gives the cells of a table their column names. */
class TableReader {
  readonly #sink: RecordSink;
  readonly #mapping: Partial<Mapping> | undefined;
  #names: string[] | null = null;

  constructor(sink: RecordSink, mapping: Partial<Mapping> | undefined) {
    this.#sink = sink;
    this.#mapping = mapping;
  }

  take(cells: string[], line: number): void {
    if (this.#names === null) {
      const headless = isHeadless(cells, this.#mapping);
      this.#names = headless ? cells.map((_, i) => columnName(i)) : uniqueNames(cells);
      this.#sink.header(this.#names, line);
      if (!headless) return;
    }
    const names = this.#names;
    const { notes } = this.#sink;
    if (cells.every((cell) => cell.trim() === '')) {
      notes.leaveOut('empty-rows', line, '', 'all cells are empty');
      return;
    }
    if (cells.slice(names.length).some((cell) => cell.trim() !== '')) {
      const reason = `${cells.length} cells, where the header has ${names.length}`;
      notes.leaveOut('ragged-rows', line, cells.join(' | '), reason);
      return;
    }
    // Without a prototype, so that a column called __proto__ is a column like any other.
    const record: Record<string, unknown> = Object.create(null);
    let size = 0;
    for (const [i, name] of names.entries()) {
      const cell = cells[i];
      if (cell === undefined) break;
      record[name] = cell;
      size += cell.length;
    }
    this.#sink.record(record, line, size);
  }
}

/** The name of a column in a table whose first row is data already. */
export function columnName(index: number): string {
  return `column ${index + 1}`;
}

/** True where a person mapped columns by their place, and no column bears such a name. */
function isHeadless(cells: readonly string[], mapping: Partial<Mapping> | undefined): boolean {
  const names = [...(mapping?.textFields ?? []), ...(mapping?.targetField === undefined ? [] : [mapping.targetField])];
  return names.some((name) => /^column \d+$/.test(name) && !cells.some((cell) => cell.trim() === name));
}

function uniqueNames(cells: readonly string[]): string[] {
  const uses = new Map<string, number>();
  return cells.map((cell, i) => {
    const base = cell.trim() === '' ? columnName(i) : cell.trim();
    const use = (uses.get(base) ?? 0) + 1;
    uses.set(base, use);
    return use === 1 ? base : `${base} (${use})`;
  });
}
