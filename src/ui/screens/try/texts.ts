/**
 * The texts of a file that is to be answered: JSONL, a JSON array, CSV or TSV, or plainly one text a line. Pure.
 * Lenient where nothing is lost: a line that is no text is skipped and counted.
 */
import { CsvReader } from '../../../core/data/csv';
import { findKey, PROMPT_NAMES, TEXT_NAMES, type DataRecord } from '../../../core/data/field-names';
import { isRecord } from '../../../core/data/chat';
import { AppError } from '../../../core/errors';
import { formatCount } from '../../../core/formats/numbers';

export interface TextFile {
  texts: string[];
  /** One-based line (or element) of each text. */
  lines: number[];
  /** Column or key that the texts were read from; null for plain lines. */
  field: string | null;
  /** Lines that held no text. */
  skipped: number;
}

export const MAX_TEXTS = 100_000;
const NAMES = [...TEXT_NAMES, ...PROMPT_NAMES];

/** Reads `content`; throws `data-unusable` when there is no text in it, or more than `MAX_TEXTS`. */
export function readTexts(fileName: string, content: string): TextFile {
  const plain = content.replace(/^\uFEFF/, '');
  const head = plain.trimStart().charAt(0);
  const table = /\.(csv|tsv)$/i.exec(fileName);
  const file =
    table !== null
      ? readTable(plain, table[1]?.toLowerCase() === 'tsv' ? '\t' : ',')
      : head === '['
        ? readJsonArray(plain)
        : head === '{'
          ? readJsonLines(plain)
          : readLines(plain);
  if (file.texts.length === 0) {
    throw new AppError(
      'data-unusable',
      `${fileName} holds no texts. Expected one a line, or a column or key named ${NAMES.slice(0, 3).join(', ')}.`,
    );
  }
  if (file.texts.length > MAX_TEXTS) {
    throw new AppError(
      'data-unusable',
      `${fileName} holds ${formatCount(file.texts.length)} texts; at most ${formatCount(MAX_TEXTS)} are answered at once. Cut the file.`,
    );
  }
  return file;
}

class Collector {
  readonly file: TextFile = { texts: [], lines: [], field: null, skipped: 0 };

  take(text: unknown, line: number): void {
    if (typeof text !== 'string' || text.trim() === '') {
      this.file.skipped++;
      return;
    }
    this.file.texts.push(text);
    this.file.lines.push(line);
  }

  record(value: unknown, line: number): void {
    if (!isRecord(value)) {
      this.take(value, line);
      return;
    }
    const key = textKey(value);
    if (key !== null) this.file.field ??= key;
    this.take(key === null ? userWords(value) : value[key], line);
  }
}

function textKey(record: DataRecord): string | null {
  for (const name of NAMES) {
    const key = findKey(record, name);
    if (key !== null) return key;
  }
  return null;
}

/** What the user says in a chat record, several messages joined with a blank line, as training reads it. */
function userWords(record: DataRecord): string | null {
  const messages = record['messages'];
  if (!Array.isArray(messages)) return null;
  const said = messages.flatMap((message: unknown) =>
    isRecord(message) && message['role'] === 'user' && typeof message['content'] === 'string'
      ? [message['content']]
      : [],
  );
  return said.join('\n\n');
}

function readJsonLines(content: string): TextFile {
  const collector = new Collector();
  content.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    try {
      collector.record(JSON.parse(line), index + 1);
    } catch {
      collector.file.skipped++;
    }
  });
  return collector.file;
}

function readJsonArray(content: string): TextFile {
  const collector = new Collector();
  let values: unknown;
  try {
    values = JSON.parse(content);
  } catch (cause) {
    throw new AppError(
      'data-unusable',
      'The file begins like a JSON array and is none. Save it as JSONL, one text a line.',
      { cause },
    );
  }
  if (Array.isArray(values)) values.forEach((value, index) => collector.record(value, index + 1));
  return collector.file;
}

function readTable(content: string, delimiter: string): TextFile {
  const collector = new Collector();
  let column: number | null = null;
  const reader = new CsvReader(delimiter, {
    cells: (cells, line) => {
      if (column !== null) {
        collector.take(cells[column], line);
        return;
      }
      const header: Record<string, string> = Object.create(null);
      for (const cell of cells) header[cell.trim()] = cell;
      const key = textKey(header);
      column =
        key === null
          ? 0
          : Math.max(
              0,
              cells.findIndex((cell) => cell.trim() === key),
            );
      collector.file.field = key;
      // Without a known heading the first row is a text like the others, and the first column is read.
      if (key === null) collector.take(cells[0], line);
    },
    blank: () => undefined,
    fault: () => {
      collector.file.skipped++;
    },
  });
  content.split(/\r?\n/).forEach((line, index) => reader.push(line, index + 1));
  reader.end();
  return collector.file;
}

function readLines(content: string): TextFile {
  const collector = new Collector();
  content.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() !== '') collector.take(line, index + 1);
  });
  return collector.file;
}
