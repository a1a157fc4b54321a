/**
 * Makes records of the values that the splitters cut out of JSON: dictionaries as they are, lists under their names,
 * texts under their labels, columns turned into rows.
 */
import { AppError } from '../errors';
import { formatBytes } from '../words/numbers';
import { isRecord } from './chat';
import { asRecord, decodePiece, parseValue } from './json-records';
import type { DataRecord } from './field-names';
import { parsePrefix } from './json-prefix';
import type { JsonShape } from './json-shape';
import { MAX_COLUMNS_BYTES } from './json-wrapped';
import type { Piece } from './pieces';
import type { RecordSink } from './record-sink';
import { TableReader } from './table-reader';

export class JsonReader {
  readonly #sink: RecordSink;
  readonly #shape: JsonShape | null;
  readonly #lists: TableReader | null;
  /** The key that the piece being read stands under. */
  #key = '';

  constructor(sink: RecordSink, shape: JsonShape | null) {
    this.#sink = sink;
    this.#shape = shape;
    this.#lists = shape?.lists ? this.#readLists(shape.lists) : null;
  }

  /** Takes one value; `key` is the one it stands under, see KeyedSink. */
  take(piece: Piece, key: string): void {
    this.#key = key;
    if (piece.tooLong && this.#shape?.target === 'columns') throw tooLarge();
    const text = decodePiece(piece, this.#sink.notes)?.replace(/^\ufeff/, '');
    if (text === undefined) return;
    if (text.trim() === '') {
      this.#sink.notes.note('blank-lines', piece.number, '');
      return;
    }
    if (this.#shape?.target === 'columns') {
      this.#takeColumns(text, piece);
      return;
    }
    const value = parseValue(text, piece, this.#sink.notes);
    if (value === undefined) return;
    if (this.#lists !== null && Array.isArray(value)) this.#lists.take(value, piece.number);
    else if (this.#shape?.texts === true && typeof value === 'string') this.#give({ text: value }, piece);
    else {
      const { inner = null } = this.#shape ?? {};
      const item = inner !== null && isRecord(value) && isRecord(value[inner]) ? value[inner] : value;
      const record = asRecord(item, text, piece, this.#sink.notes);
      if (record !== null) this.#give(record, piece);
    }
  }

  #give(record: DataRecord, piece: Piece): void {
    this.#sink.record(this.#withKey(record), piece.number, piece.bytes.length);
  }

  /** The record with the key that it stands under, where it has no such field of its own. */
  #withKey(record: DataRecord): DataRecord {
    const field = this.#shape?.keyField ?? null;
    if (field === null || Object.hasOwn(record, field)) return record;
    return { ...record, [field]: this.#key };
  }

  #readLists({ names, headless }: NonNullable<JsonShape['lists']>): TableReader {
    const { notes } = this.#sink;
    const sink: RecordSink = {
      notes,
      header: (columns, line) => {
        const field = this.#shape?.keyField ?? null;
        this.#sink.header(field === null ? columns : [...columns, field], line);
      },
      record: (record, line, size) => this.#sink.record(this.#withKey(record), line, size),
    };
    const reader = new TableReader(sink, { headless, shifted: false, empty: new Set() });
    if (names !== null) reader.take(names, 1);
    return reader;
  }

  /** A whole table in columns: `{"text": {"0": …}}` or `{"text": […]}`. */
  #takeColumns(text: string, piece: Piece): void {
    const { notes } = this.#sink;
    const prefix = parsePrefix(text);
    if (prefix === null || !isRecord(prefix.value)) {
      parseValue(text, piece, notes);
      return;
    }
    if (prefix.end < 0) notes.note('array-end', piece.line, '', 'the last column is never closed');
    const columns = Object.entries(prefix.value).filter(([, cells]) => typeof cells === 'object' && cells !== null);
    const rows = new Set<string>();
    for (const [, cells] of columns) for (const index of Object.keys(Object(cells))) rows.add(index);
    let number = 0;
    for (const index of rows) {
      number += 1;
      const record: Record<string, unknown> = Object.create(null);
      let size = 0;
      for (const [name, cells] of columns) {
        const cell: unknown = Object.hasOwn(Object(cells), index) ? Reflect.get(Object(cells), index) : undefined;
        if (cell === undefined) continue;
        record[name] = cell;
        size += typeof cell === 'string' ? cell.length : 8;
      }
      this.#sink.record(this.#withKey(record), number, size);
    }
  }
}

function tooLarge(): AppError {
  const message =
    'The file is one JSON object of whole columns, which can only be read as a whole, and it is larger than ' +
    `${formatBytes(MAX_COLUMNS_BYTES)}. Save it row by row, as JSON lines (in pandas: orient="records", lines=True) or CSV.`;
  return new AppError('data-unusable', message);
}
