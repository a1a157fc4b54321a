/**
 * From the bytes of a file to its records, in one pass of any chunks: unpacks gzip, turns the text into UTF-8, tells
 * the layout from the first 64 KiB, and cuts and reads the rest by it. All that opens files goes through here.
 *
 * Throws AppError `file-not-text`, `file-empty`, `file-unreadable` (damaged gzip) and `data-unusable` (too large).
 */
import { AppError } from '../errors';
import { formatAmount } from '../words/numbers';
import { detectLayout, type Layout } from './container';
import { ByteTranscoder, detectUtf16, type Transcoder, Utf16Transcoder } from './encoding';
import type { Encoding } from '../data/reading-record';
import type { Mapping } from '../data/mapping';
import { Gunzip, isGzip } from './gunzip';
import { nameBinary } from './magic';
import { join } from './pieces';
import type { RecordSink } from './record-sink';
import { RecordStream } from './record-stream';

/** How a file was read from its first byte on. */
export interface FileLayout extends Layout {
  encoding: Encoding;
  gzip: boolean;
}

export interface FileReadingOptions {
  fileName: string;
  /** What a person chose instead of what is recognised. */
  mapping?: Partial<Mapping> | undefined;
}

/** What encoding and layout are told from. */
const HEAD_BYTES = 64 * 1024;

export class FileReading {
  readonly #options: FileReadingOptions;
  readonly #sink: RecordSink;
  readonly #magic: Head;
  readonly #bytes: Head;
  readonly #text: Head;
  #gunzip: Gunzip | null = null;
  #transcoder: Transcoder | null = null;
  #stream: RecordStream | null = null;

  constructor(options: FileReadingOptions, sink: RecordSink) {
    this.#options = options;
    this.#sink = sink;
    this.#text = new Head(HEAD_BYTES, (head, complete) => this.#openText(head, complete));
    this.#bytes = new Head(HEAD_BYTES, (head, complete) => this.#openBytes(head, complete));
    this.#magic = new Head(2, (head) => this.#openFile(head));
  }

  push(chunk: Uint8Array): void {
    this.#magic.push(chunk);
  }

  end(): FileLayout {
    this.#magic.end();
    this.#gunzip?.end();
    this.#bytes.end();
    if (this.#transcoder?.end() === true) this.#sink.notes.note('file-end', 0, '');
    this.#text.end();
    this.#stream?.end();
    if (this.#stream === null || this.#transcoder === null) throw new AppError('internal', 'A file without layout.');
    const { encoding } = this.#transcoder;
    return { ...this.#stream.layout, encoding, gzip: this.#gunzip !== null };
  }

  #openFile(head: Uint8Array): Output {
    if (!isGzip(head)) return (bytes) => this.#bytes.push(bytes);
    const gunzip = new Gunzip((bytes) => this.#bytes.push(bytes));
    this.#gunzip = gunzip;
    return (bytes) => gunzip.push(bytes);
  }

  #openBytes(head: Uint8Array, complete: boolean): Output {
    const utf16 = detectUtf16(head);
    refuseNonText(head, complete, utf16 !== null, this.#options.fileName);
    const toText: Output = (bytes) => this.#text.push(bytes);
    const transcoder = utf16 === null ? new ByteTranscoder(toText) : new Utf16Transcoder(utf16.encoding, toText);
    this.#transcoder = transcoder;
    let mark = utf16?.mark ?? 0;
    if (utf16 === null && hasMark(head)) {
      mark = 3;
      this.#sink.notes.note('bom', 1, '');
    }
    return (bytes) => {
      const text = bytes.subarray(mark);
      mark = 0;
      transcoder.push(text);
    };
  }

  #openText(head: Uint8Array, complete: boolean): Output {
    const { fileName, mapping } = this.#options;
    // Also a text in UTF-16 may hold nothing but blanks.
    if (complete && isBlank(head)) throw empty(head.length, fileName);
    const stream = new RecordStream(detectLayout(head, complete, fileName, mapping), this.#sink);
    this.#stream = stream;
    return (bytes) => stream.push(bytes);
  }
}

type Output = (bytes: Uint8Array) => void;

/** Keeps the first bytes until there are enough to decide where all go. */
class Head {
  readonly #size: number;
  readonly #open: (head: Uint8Array, complete: boolean) => Output;
  #parts: Uint8Array[] = [];
  #length = 0;
  #output: Output | null = null;

  constructor(size: number, open: (head: Uint8Array, complete: boolean) => Output) {
    this.#size = size;
    this.#open = open;
  }

  push(chunk: Uint8Array): void {
    if (this.#output !== null) {
      this.#output(chunk);
      return;
    }
    const missing = this.#size - this.#length;
    this.#parts.push(chunk.slice(0, missing));
    this.#length += Math.min(chunk.length, missing);
    if (this.#length < this.#size) return;
    const output = this.#begin(false);
    if (chunk.length > missing) output(chunk.subarray(missing));
  }

  end(): void {
    if (this.#output === null) this.#begin(true);
  }

  #begin(complete: boolean): Output {
    const head = join(this.#parts, new Uint8Array(0));
    this.#parts = [];
    const output = this.#open(head, complete);
    this.#output = output;
    output(head);
    return output;
  }
}

function refuseNonText(head: Uint8Array, complete: boolean, isUtf16: boolean, fileName: string): void {
  const binary = isUtf16 ? null : nameBinary(head);
  if (binary !== null) {
    const message =
      'Expected file to have JSONL format, where every line is a JSON dictionary. ' +
      `Line 1 is ${binary.name}. Nothing was read. ${binary.advice}`;
    throw new AppError('file-not-text', message, { details: { fileName } });
  }
  if (complete && isBlank(head.subarray(hasMark(head) ? 3 : 0))) throw empty(head.length, fileName);
}

function empty(bytes: number, fileName: string): AppError {
  const message = `The file is empty (${formatAmount(bytes, 'byte')}). Drop a file with at least 10 examples.`;
  return new AppError('file-empty', message, { details: { fileName } });
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

function hasMark(head: Uint8Array): boolean {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
}
