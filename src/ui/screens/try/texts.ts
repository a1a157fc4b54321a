/**
 * The texts of a file that is to be answered: JSONL, a JSON array, CSV or TSV, or plainly one text a line.
 * Lenient where nothing is lost: a line that is no text is skipped and counted. Read piece by piece, so that the page
 * stays usable and a file that is too much is refused before it fills the memory.
 */
import { isRecord } from '../../../core/data/chat';
import { CsvReader, type CsvSink } from '../../../core/data/csv';
import { findKey, PROMPT_NAMES, TEXT_NAMES, type DataRecord } from '../../../core/data/field-names';
import { JsonValueSplitter } from '../../../core/data/json-values';
import { nameBinary } from '../../../core/data/magic';
import { LineSplitter, type Piece, type Splitter } from '../../../core/data/pieces';
import { AppError } from '../../../core/errors';
import { formatCount } from '../../../core/formats/numbers';
import { turnOfThePage } from '../../parts/turn';

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
const MEBIBYTE = 1024 * 1024;
export const MAX_MEBIBYTES = 64;
const NAMES = [...TEXT_NAMES, ...PROMPT_NAMES];

const HEAD_BYTES = 4096;
/** Read and parsed in one go: some ten milliseconds of work. */
const STRIDE_BYTES = MEBIBYTE / 2;

/**
 * Reads `file`; throws `data-unusable` for what is not text, for a file or a number of texts over the limits, and when
 * there is no text in it; and what `signal` was aborted with.
 */
export async function readTexts(file: File, signal?: AbortSignal): Promise<TextFile> {
  if (file.size > MAX_MEBIBYTES * MEBIBYTE) {
    const size = formatCount(Math.ceil(file.size / MEBIBYTE));
    throw unusable(`${file.name} has ${size} MB; at most ${MAX_MEBIBYTES} MB are answered at once. Cut the file.`);
  }
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const binary = nameBinary(head)?.name ?? null;
  if (binary !== null) {
    throw unusable(`${file.name} begins like ${binary}. Expected texts in UTF-8: JSONL, CSV or one a line.`);
  }
  const collector = new Collector(file.name);
  const splitter = splitterFor(file.name, new TextDecoder().decode(head), collector);
  for (let at = startOf(head); at < file.size; at += STRIDE_BYTES) {
    const bytes = await file.slice(at, at + STRIDE_BYTES).arrayBuffer();
    signal?.throwIfAborted();
    splitter.push(new Uint8Array(bytes));
    await turnOfThePage();
  }
  splitter.end();
  const { texts } = collector.file;
  if (texts.length === 0) {
    throw unusable(
      `${file.name} holds no texts. Expected one a line, or a column or key named ${NAMES.slice(0, 3).join(', ')}.`,
    );
  }
  return collector.file;
}

/** Behind a byte order mark. */
function startOf(head: Uint8Array): number {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
}

function unusable(message: string): AppError {
  return new AppError('data-unusable', message);
}

class Collector {
  readonly file: TextFile = { texts: [], lines: [], field: null, skipped: 0 };
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  take(text: unknown, line: number): void {
    if (typeof text !== 'string' || text.trim() === '') {
      this.file.skipped++;
      return;
    }
    if (this.file.texts.length === MAX_TEXTS) {
      throw unusable(
        `${this.#name} holds more than ${formatCount(MAX_TEXTS)} texts; that many are answered at once. Cut the file.`,
      );
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

  json(text: string, line: number): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.file.skipped++;
      return;
    }
    this.record(value, line);
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

/** What cuts the bytes of this file and hands its texts to `collector`. */
function splitterFor(fileName: string, head: string, collector: Collector): Splitter {
  const table = /\.(csv|tsv)$/i.exec(fileName);
  if (table !== null) return tableSplitter(table[1]?.toLowerCase() === 'tsv' ? '\t' : ',', collector);
  const first = head.trimStart().charAt(0);
  if (first === '[') return arraySplitter(collector);
  return lineSplitter(collector, (text, line) => {
    if (text.trim() === '') return;
    if (first === '{') collector.json(text, line);
    else collector.take(text, line);
  });
}

/** Hands on every line without its end, decoded. */
function lineSplitter(collector: Collector, take: (text: string, line: number) => void): Splitter {
  return new LineSplitter(decoded(collector, (text, line) => take(text.replace(/\r$/, ''), line)));
}

function arraySplitter(collector: Collector): Splitter {
  return new JsonValueSplitter(
    decoded(collector, (text, line) => collector.json(text, line)),
    {
      kind: 'array',
      onOddity: (what) => {
        if (what === 'trailing-comma') return;
        throw unusable('The file begins like a JSON array and is none. Save it as JSONL, one text a line.');
      },
    },
  );
}

function decoded(collector: Collector, take: (text: string, line: number) => void): (piece: Piece) => void {
  const decoder = new TextDecoder();
  return ({ bytes, number, tooLong }) => {
    if (tooLong) collector.file.skipped++;
    else take(decoder.decode(bytes), number);
  };
}

function tableSplitter(delimiter: string, collector: Collector): Splitter {
  let column: number | null = null;
  const sink: CsvSink = {
    cells: (cells, line) => {
      if (column !== null) {
        collector.take(cells[column], line);
        return;
      }
      const header: Record<string, string> = Object.create(null);
      for (const cell of cells) header[cell.trim()] = cell;
      const key = textKey(header);
      const found = cells.findIndex((cell) => cell.trim() === key);
      column = Math.max(0, found);
      collector.file.field = key;
      // Without a known heading the first row is a text like the others, and the first column is read.
      if (key === null) collector.take(cells[0], line);
    },
    blank: () => undefined,
    fault: () => {
      collector.file.skipped++;
    },
  };
  const reader = new CsvReader(sink, { delimiter });
  const lines = lineSplitter(collector, (text, line) => reader.push(text, line));
  return {
    push: (chunk) => lines.push(chunk),
    end() {
      lines.end();
      reader.end();
    },
  };
}
