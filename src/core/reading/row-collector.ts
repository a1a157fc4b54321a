/**
 * From records to rows: the first records decide how the file is read, then every record is read at once.
 */
import { AppError } from '../errors';
import { formatCount } from '../words/numbers';
import type { Row } from '../data/dataset';
import { FieldCensus } from './field-census';
import { type DataRecord, foldName, isKnownField } from './field-names';
import type { FormatId, Mapping, Reading } from '../data/mapping';
import { type Guess, guessReading, UNKNOWN } from './guess';
import { separatorOf, stopWordOf } from './legacy-marks';
import { ReadingNotes } from './reading-notes';
import { fieldsOf } from '../data/mapping';
import { RecordReader } from './record-reader';
import type { RecordSink } from './record-sink';

/** Rows of a file that are read at most: more would not fit beside the model in a page's memory. */
export const MAX_ROWS = 2_000_000;
/** What the reading is told from: so many records, or fewer where they are large. */
const SAMPLE_RECORDS = 600;
const SAMPLE_BYTES = 2 * 1024 * 1024;

export class RowCollector implements RecordSink {
  readonly rows: Row[] = [];
  /** The first id after those of all records, those left out included. */
  nextRowId = 0;
  readonly notes = new ReadingNotes();
  readonly census = new FieldCensus();
  reading: Reading = UNKNOWN;
  /** How the file would be read if nobody chose. */
  guess: Guess = guessReading([]);
  /** Records of a file whose fields are not known or not supported. */
  unreadRecords = 0;
  readonly #mapping: Partial<Mapping> | undefined;
  #reader: RecordReader | null = null;
  #sample: DataRecord[] = [];
  #sampleLines: number[] = [];
  #sampleBytes = 0;
  #header: { names: readonly string[]; line: number } | null = null;

  constructor(mapping: Partial<Mapping> | undefined) {
    this.#mapping = mapping;
  }

  header(names: readonly string[], line: number): void {
    this.#header = { names, line };
  }

  record(record: DataRecord, line: number, size: number): void {
    this.census.add(record);
    if (this.#reader !== null) {
      this.#read(record, line);
      return;
    }
    this.#sample.push(record);
    this.#sampleLines.push(line);
    this.#sampleBytes += size;
    if (this.#sample.length >= SAMPLE_RECORDS || this.#sampleBytes >= SAMPLE_BYTES) this.#decide();
  }

  end(): void {
    if (this.#reader === null) this.#decide();
    if (this.#header !== null && !this.#isUnread()) this.#tellHeader(this.#header);
  }

  #decide(): void {
    // A table without rows is still told by its header.
    const header = Object.fromEntries((this.#header?.names ?? []).map((name) => [name, '']));
    const sample = this.#sample.length > 0 ? this.#sample : [header];
    this.guess = guessReading(sample);
    this.reading = this.#withMarks(override(this.guess.reading, this.#mapping), sample);
    this.#reader = new RecordReader(this.reading, this.notes);
    for (const [i, record] of this.#sample.entries()) this.#read(record, this.#sampleLines[i] ?? 0);
    this.#sample = [];
    this.#sampleLines = [];
  }

  #read(record: DataRecord, line: number): void {
    // By its place in the file, and not among the usable rows: read in another way, the same record is the same row.
    const rowId = Math.max(this.nextRowId, line);
    this.nextRowId = rowId + 1;
    if (this.#isUnread()) {
      this.unreadRecords += 1;
      return;
    }
    const row = this.#reader?.read(record, line, this.#header === null) ?? null;
    if (row === null) return;
    if (this.rows.length >= MAX_ROWS) {
      const message =
        `The file has more than ${formatCount(MAX_ROWS)} rows (line ${line} and on), more than a page can hold. ` +
        'Take a part of it: a few thousand rows per label are plenty for a model of this size.';
      throw new AppError('data-unusable', message, { details: { line } });
    }
    this.rows.push({ rowId, ...row });
  }

  #isUnread(): boolean {
    return this.reading.format === 'unknown' || this.reading.format === 'preference';
  }

  /** The reading with the separators and stop words that the first records all end in. */
  #withMarks(reading: Reading, sample: readonly DataRecord[]): Reading {
    if (reading.format !== 'text-label' && reading.format !== 'prompt-completion') return reading;
    const reader = new RecordReader(reading, this.notes);
    const seen = sample.map((record) => reader.peek(record)).filter((raw) => raw !== null);
    const textEnd = separatorOf(seen.map(({ text }) => text));
    const targetEnd = stopWordOf(seen.map(({ target }) => target));
    return { ...reading, ...(textEnd === null ? {} : { textEnd }), ...(targetEnd === null ? {} : { targetEnd }) };
  }

  /** What JSON says per row, a table says once, of its header; columns without name and value are none. */
  #tellHeader({ names, line }: { names: readonly string[]; line: number }): void {
    const used = new Set(fieldsOf(this.reading));
    const listed = new Set(this.census.list().map(({ name }) => name));
    for (const name of names) {
      if (!used.has(name)) {
        if (listed.size > 0 && !listed.has(name)) continue;
        this.notes.note('extra-keys', line, name, `The header contains an extra "${name}"`);
      } else if (name !== foldName(name) && isKnownField(foldName(name))) {
        this.notes.note('key-case', line, name, `"${name}" is read as "${foldName(name)}"`);
      }
    }
  }
}

/** What was recognised, with a person's choice over it. Fields chosen by hand are read as prompt and answer. */
function override(reading: Reading, chosen: Partial<Mapping> | undefined): Reading {
  if (chosen === undefined) return reading;
  const byFields = chosen.textFields !== undefined || chosen.targetField !== undefined;
  const fallback: FormatId = byFields && reading.format !== 'text-label' ? 'prompt-completion' : reading.format;
  // A mapping that was handed out with an unread file and then filled in by hand still says so.
  const unread = byFields && (chosen.format === 'unknown' || chosen.format === 'preference');
  const { labelFields, togetherField, splitField, decisionField, singleOnly, spellings, missingAsLabels, cuts } =
    chosen;
  // Columns of 0 and 1 belong to the reading that was found, not to a field that was chosen.
  const columns = labelFields ?? (byFields ? [] : (reading.labelFields ?? []));
  const { labelFields: _, ...found } = reading;
  return {
    ...found,
    format: unread ? fallback : (chosen.format ?? fallback),
    textFields: chosen.textFields ?? reading.textFields,
    targetField: chosen.targetField ?? reading.targetField,
    ...(columns.length === 0 ? {} : { labelFields: columns }),
    ...(togetherField === undefined ? {} : { togetherField }),
    ...(splitField === undefined ? {} : { splitField }),
    ...(decisionField === undefined ? {} : { decisionField }),
    ...(singleOnly === undefined ? {} : { singleOnly }),
    ...(spellings === undefined ? {} : { spellings }),
    ...(missingAsLabels === undefined ? {} : { missingAsLabels }),
    ...(cuts === undefined || cuts.length === 0 ? {} : { cuts }),
  };
}
