/**
 * From UTF-8 bytes to records: the splitter and reader that a layout asks for, behind one `push`.
 */
import type { Layout } from './container';
import { CsvReader } from './csv';
import { readFastText } from './fasttext';
import { JsonReader } from './json-reader';
import { decodePiece } from './json-records';
import { JsonValueSplitter, type JsonValueOptions } from './json-values';
import { JsonWrappedSplitter } from './json-wrapped';
import { LineSplitter, type Piece, type Splitter } from './pieces';
import type { ReadingNotes } from './reading-notes';
import type { RecordSink } from './record-sink';
import type { TableLayout } from './table-layout';
import { TableReader } from './table-reader';

export class RecordStream implements Splitter {
  readonly layout: Layout;
  readonly #splitter: Splitter;
  readonly #table: CsvReader | null = null;

  constructor(layout: Layout, sink: RecordSink) {
    this.layout = layout;
    if (layout.table !== null) {
      const reader = tableReader(layout.table, sink);
      this.#table = reader;
      const { preamble } = layout.table;
      this.#splitter = new LineSplitter((piece) => pushLine(piece, preamble, reader, sink.notes), layout.separator);
    } else {
      this.#splitter = jsonSplitter(layout, sink);
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

function jsonSplitter(layout: Layout, sink: RecordSink): Splitter {
  const { shape, container, resyncIndent, separator } = layout;
  if (container === 'fasttext') return new LineSplitter((piece) => takeFastText(piece, sink), separator);
  const reader = new JsonReader(sink, shape);
  if (container === 'jsonl') return new LineSplitter((piece) => takeLine(piece, reader, sink.notes), separator);
  const onOddity: NonNullable<JsonValueOptions['onOddity']> = (what, line) => {
    sink.notes.note(what === 'trailing-comma' ? 'trailing-commas' : 'array-end', line, '', ODDITIES[what]);
  };
  if (container === 'json-array' || container === 'json-objects' || shape === null) {
    const kind = container === 'json-objects' ? 'objects' : 'array';
    return new JsonValueSplitter((piece) => reader.take(piece, ''), { kind, resyncIndent, onOddity });
  }
  return new JsonWrappedSplitter((piece, key) => reader.take(piece, key), shape, { resyncIndent, onOddity });
}

const ODDITIES = {
  'trailing-comma': 'a comma before the end of the array',
  'open-end': 'the array is never closed',
  'text-outside': 'text outside the array',
} as const;

/** Files that were glued together have a byte order mark in their middle. */
function takeLine(piece: Piece, reader: JsonReader, notes: ReadingNotes): void {
  if (piece.bytes[0] === 0xef && piece.bytes[1] === 0xbb && piece.bytes[2] === 0xbf)
    notes.note('bom', piece.number, '');
  reader.take(piece, '');
}

function takeFastText(piece: Piece, sink: RecordSink): void {
  const text = decodePiece(piece, sink.notes);
  if (text === null) return;
  if (text.trim() === '') sink.notes.note('blank-lines', piece.number, '');
  else sink.record(readFastText(text), piece.number, piece.bytes.length);
}

function tableReader(layout: TableLayout, sink: RecordSink): CsvReader {
  const { notes } = sink;
  const table = new TableReader(sink, layout);
  return new CsvReader(
    {
      cells: (cells, line) => table.take(cells, line),
      blank: (line) => notes.note('blank-lines', line, ''),
      fault: (line, text, reason) => notes.leaveOut('ragged-rows', line, text, reason),
      odd: (what, line, text) => notes.note(what, line, text),
    },
    layout,
  );
}

function pushLine(piece: Piece, preamble: number, reader: CsvReader, notes: ReadingNotes): void {
  const text = decodePiece(piece, notes);
  if (piece.number <= preamble) {
    if (text?.trim() === '') notes.note('blank-lines', piece.number, '');
    else notes.note('preamble', piece.number, text ?? '');
    return;
  }
  if (text !== null) {
    reader.push(text, piece.number);
    return;
  }
  const broken = reader.breakOff();
  if (broken !== null) notes.leaveOut('ragged-rows', broken, '', `line ${piece.number} of this row cannot be read`);
}
