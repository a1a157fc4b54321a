/**
 * The texts of a file that a trained model is to answer: read by the run's mapping, through the same reader as the rows
 * it was trained on. A label is not asked for. A file whose fields are others is read by content, and plain text as one
 * text a line. What holds no text keeps its place, with the reason.
 *
 * Throws what reading a file throws, and `data-unusable` for a file over the limits or without any text.
 */
import { AppError } from '../errors';
import { formatCount } from '../words/numbers';
import { nameList } from '../words/excerpt';
import type { ReadingNote } from './reading-words';
import { type DataRecord, findKey, PROMPT_NAMES, TEXT_NAMES } from './field-names';
import { valuesAt } from './field-paths';
import { FileReading } from './file-reading';
import type { Mapping, Reading } from '../data/mapping';
import { guessReading } from './guess';
import { ReadingNotes } from './reading-notes';
import { RecordReader } from './record-reader';
import type { RecordSink } from './record-sink';

export interface TextFile {
  /** Every row of the file, in its order. */
  rows: TextRow[];
  /** Rows that hold a text. */
  read: number;
  /** Fields that the texts were read from; empty for plain lines. */
  fields: string[];
  /** Whether those are the fields that the model was trained on. */
  asTrained: boolean;
}

export interface TextRow {
  /** One-based line (or element). */
  line: number;
  /** Null where there is none. */
  text: string | null;
  /** Why there is none; empty where there is. */
  reason: string;
}

export interface TextOptions {
  fileName: string;
  /** Of the data the model was trained on; null where that is gone. */
  mapping: Mapping | null;
  /** Looked at between two parts of the file. */
  signal: { readonly aborted: boolean };
}

/** That many are answered at once. */
export const MAX_TEXTS = 100_000;
/** What the fields are told from. */
const SAMPLE_RECORDS = 600;
const MEBIBYTE = 1024 * 1024;

/** Reads the texts of a file; `open` gives its bytes, a second time where it turns out to be no table. */
export async function readTexts(open: () => AsyncIterable<Uint8Array>, options: TextOptions): Promise<TextFile> {
  const { fileName, mapping } = options;
  const first = await readOnce(open(), options, withoutContainer(mapping));
  // Sentences with commas look like a table; in a file of plain text they are one only where it has the run's fields.
  const plain = /\.te?xt(\.gz)?$/i.test(fileName) && first.table && !first.sink.asTrained;
  const { sink } = plain ? await readOnce(open(), options, { container: 'jsonl' }) : first;
  return sink.end();
}

async function readOnce(
  source: AsyncIterable<Uint8Array>,
  { fileName, mapping, signal }: TextOptions,
  layout: Partial<Mapping>,
): Promise<{ sink: TextCollector; table: boolean }> {
  const sink = new TextCollector(fileName, mapping);
  const reading = new FileReading({ fileName, mapping: layout }, sink);
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += MEBIBYTE) {
      if (signal.aborted) throw new AppError('cancelled', 'Stopped.');
      reading.push(chunk.subarray(start, start + MEBIBYTE));
    }
  }
  const table = reading.end().table !== null;
  sink.decide();
  return { sink, table };
}

/** How the training file was cut into records says nothing of this one. */
function withoutContainer(mapping: Mapping | null): Partial<Mapping> {
  if (mapping === null) return {};
  const { container: _, ...fields } = mapping;
  return fields;
}

class TextCollector implements RecordSink {
  readonly notes: ReadingNotes;
  asTrained = false;
  readonly #fileName: string;
  readonly #mapping: Mapping | null;
  readonly #rows: TextRow[] = [];
  #read = 0;
  #fields: string[] = [];
  #reader: RecordReader | null = null;
  #sample: { record: DataRecord; line: number }[] = [];
  /** Whether lines that are no JSON are texts: told by the first line that is anything. */
  #plain: boolean | null = null;

  constructor(fileName: string, mapping: Mapping | null) {
    this.#fileName = fileName;
    this.#mapping = mapping;
    this.notes = new TextNotes((id, line, text, reason) => this.#noRecord(id, line, text, reason));
  }

  header(): void {
    // The names stand in every record.
  }

  record(record: DataRecord, line: number): void {
    this.#plain ??= false;
    if (this.#reader !== null) {
      this.#take(record, line);
      return;
    }
    this.#sample.push({ record, line });
    if (this.#sample.length >= SAMPLE_RECORDS) this.decide();
  }

  /** Settles which fields are read, once the first records are there. */
  decide(): void {
    if (this.#reader !== null || this.#sample.length === 0) return;
    const sample = this.#sample;
    const reading = this.#readingOf(sample.map(({ record }) => record));
    this.#fields = reading.textFields;
    this.#reader = new RecordReader(reading, this.notes);
    this.#sample = [];
    for (const { record, line } of sample) this.#take(record, line);
  }

  end(): TextFile {
    const rows = this.#rows.toSorted((a, b) => a.line - b.line);
    if (this.#read === 0) {
      const [bad] = rows;
      const why = bad === undefined ? '' : ` Line ${formatCount(bad.line)}: ${bad.reason}.`;
      throw unusable(`${this.#fileName} holds no texts.${why} Expected ${this.#expected()}.`);
    }
    return { rows, read: this.#read, fields: this.#fields, asTrained: this.asTrained };
  }

  #readingOf(records: readonly DataRecord[]): Reading {
    const mapping = this.#mapping;
    if (
      mapping !== null &&
      records.some((record) => mapping.textFields.some((path) => valuesAt(record, path).length > 0))
    ) {
      this.asTrained = true;
      return mapping;
    }
    const { reading, offered } = guessReading(records);
    if (reading.textFields.length > 0) return reading;
    const names = Object.keys(records[0] ?? {});
    const known = [...TEXT_NAMES, ...PROMPT_NAMES].flatMap((name) => findKey(records[0] ?? {}, name) ?? []);
    const field = known[0] ?? offered.text[0] ?? (names.length === 1 ? names[0] : undefined);
    if (field !== undefined) return { format: 'text-label', textFields: [field], targetField: '' };
    throw unusable(`${this.#fileName} has ${nameList(names)}. Expected ${this.#expected()}.`);
  }

  #expected(): string {
    const fields = this.#mapping?.textFields ?? [];
    return fields.length === 0 ? 'a text in every row' : `${nameList(fields)}, as the model was trained on`;
  }

  #take(record: DataRecord, line: number): void {
    const text = this.#reader?.readText(record) ?? null;
    if (text === null) this.#add({ line, text, reason: `no text in ${nameList(this.#fields)}` });
    else this.#add({ line, text, reason: '' });
  }

  /** What is no record may be a text for itself: a string of JSON, or a line of plain text. */
  #noRecord(id: ReadingNote, line: number, text: string, reason: string): void {
    if (id === 'not-json') this.#plain ??= !/^\s*[[{]/.test(text);
    const string = id === 'not-a-dictionary' ? jsonString(text) : null;
    const plain = this.#plain === true && (id === 'not-json' || id === 'not-a-dictionary');
    const found = string ?? (plain ? text : null);
    if (found === null || found.trim() === '') this.#add({ line, text: null, reason });
    else this.#add({ line, text: found, reason: '' });
  }

  #add(row: TextRow): void {
    if (this.#rows.length === MAX_TEXTS) {
      throw unusable(
        `${this.#fileName} holds more than ${formatCount(MAX_TEXTS)} rows; that many are answered at once. Cut the file.`,
      );
    }
    this.#rows.push(row);
    if (row.text !== null) this.#read += 1;
  }
}

/** Every row left out is handed on: none may be missing among the answers. */
class TextNotes extends ReadingNotes {
  readonly #onLeftOut: (id: ReadingNote, line: number, text: string, reason: string) => void;

  constructor(onLeftOut: (id: ReadingNote, line: number, text: string, reason: string) => void) {
    super();
    this.#onLeftOut = onLeftOut;
  }

  override leaveOut(id: ReadingNote, line: number, text: string, reason: string): void {
    super.leaveOut(id, line, text, reason);
    this.#onLeftOut(id, line, text, reason);
  }
}

function jsonString(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

function unusable(message: string): AppError {
  return new AppError('data-unusable', message);
}
