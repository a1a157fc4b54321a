/**
 * Turns the bytes of a text file into UTF-8, whatever the file is written in, so that all below knows UTF-8 only.
 *
 * UTF-16 is told from the beginning of the file: by its mark, or by the zeros that every second byte of its commas,
 * blanks and line ends is. Windows-1252 cannot be told there: such a file is plain ASCII until its first £ or é. So
 * ASCII is passed through, and at the first other byte the 64 KiB from there on decide: as long as more of their
 * characters are whole UTF-8 than not, the file is UTF-8, and its broken lines are left out and listed as such. Else
 * it is Windows-1252, if its bytes make sense as that; what does not (Shift-JIS, KOI8-R …) stays as it is and is
 * refused line by line.
 */
import type { Encoding } from '../data/reading-record';

/** What the decision between UTF-8 and Windows-1252 is made from, from the first byte on that is not ASCII. */
const DECIDING_BYTES = 64 * 1024;

/** UTF-16 where `head` (the first bytes of a file) shows it, else null; `mark` is the length of its byte order mark. */
export function detectUtf16(head: Uint8Array): { encoding: 'utf-16le' | 'utf-16be'; mark: number } | null {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', mark: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', mark: 2 };
  const zeros = [0, 0];
  for (const [i, byte] of head.entries()) if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  // Of a text in any language one character in fifty is a blank, a digit, a delimiter or a line end.
  const least = Math.max(2, head.length / 100);
  // Some characters of other scripts end in a zero byte («一» is 4E 00), few of a text's.
  const encoding = odd >= least && even * 4 <= odd ? 'utf-16le' : even >= least && odd * 4 <= even ? 'utf-16be' : null;
  if (encoding === null) return null;
  const text = new TextDecoder(encoding).decode(head.subarray(0, head.length - (head.length % 2)));
  // Binary data has every second byte zero too, but not only letters between.
  const whole = head.length % 2 === 0 && /[\ud800-\udbff\ufffd]$/.test(text) ? text.slice(0, -1) : text;
  return /[\x00-\x08\x0e-\x1a\x1c\x7f\ufffd-\uffff]/.test(whole) ? null : { encoding, mark: 0 };
}

/** Takes the bytes of a file and gives UTF-8. */
export interface Transcoder {
  /** Known at `end`; until then the best that is known. */
  readonly encoding: Encoding;
  push(chunk: Uint8Array): void;
  /** True where the file ends inside a character. */
  end(): boolean;
}

type ByteSink = (bytes: Uint8Array) => void;

export class Utf16Transcoder implements Transcoder {
  readonly encoding: 'utf-16le' | 'utf-16be';
  readonly #decoder: TextDecoder;
  readonly #encoder = new TextEncoder();
  readonly #sink: ByteSink;
  /** A byte whose other half is in the next chunk. */
  #half: Uint8Array | null = null;

  constructor(encoding: 'utf-16le' | 'utf-16be', sink: ByteSink) {
    this.encoding = encoding;
    this.#decoder = new TextDecoder(encoding, { ignoreBOM: true });
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#half !== null) {
      bytes = new Uint8Array(chunk.length + 1);
      bytes.set(this.#half);
      bytes.set(chunk, 1);
      this.#half = null;
    }
    if (bytes.length % 2 === 1) {
      this.#half = bytes.slice(-1);
      bytes = bytes.subarray(0, -1);
    }
    this.#emit(this.#decoder.decode(bytes, { stream: true }));
  }

  end(): boolean {
    const rest = this.#decoder.decode();
    // Half a character at the very end is not text that anybody wrote.
    const cut = this.#half !== null || rest !== '';
    this.#half = null;
    return cut;
  }

  #emit(text: string): void {
    if (text !== '') this.#sink(this.#encoder.encode(text));
  }
}

/** For files without zeros: UTF-8 or Windows-1252, decided as the header says. */
export class ByteTranscoder implements Transcoder {
  encoding: Encoding = 'utf-8';
  readonly #sink: ByteSink;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder('windows-1252');
  #decided = false;
  /** From the first byte on that is not ASCII, until there are enough to decide. */
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    if (this.#decided) {
      this.#give(chunk);
      return;
    }
    let start = 0;
    if (this.#waitingBytes === 0) {
      while (start < chunk.length && (chunk[start] ?? 0) < 0x80) start++;
      if (start > 0) this.#sink(chunk.subarray(0, start));
      if (start === chunk.length) return;
    }
    const end = Math.min(chunk.length, start + DECIDING_BYTES - this.#waitingBytes);
    this.#waiting.push(chunk.slice(start, end));
    this.#waitingBytes += end - start;
    if (this.#waitingBytes < DECIDING_BYTES) return;
    this.#decide(false);
    if (end < chunk.length) this.#give(chunk.subarray(end));
  }

  end(): boolean {
    if (!this.#decided && this.#waitingBytes > 0) this.#decide(true);
    return false;
  }

  #decide(complete: boolean): void {
    const sample = new Uint8Array(this.#waitingBytes);
    let offset = 0;
    for (const part of this.#waiting) {
      sample.set(part, offset);
      offset += part.length;
    }
    this.#decided = true;
    this.#waiting.length = 0;
    if (isWindows1252(sample, complete)) this.encoding = 'windows-1252';
    this.#give(sample);
  }

  #give(bytes: Uint8Array): void {
    const isText = this.encoding === 'windows-1252';
    this.#sink(isText ? this.#encoder.encode(this.#decoder.decode(bytes, { stream: true })) : bytes);
  }
}

/** True where `sample` is less UTF-8 than Windows-1252, and makes sense as that. */
export function isWindows1252(sample: Uint8Array, complete: boolean): boolean {
  let whole = 0;
  let broken = 0;
  let high = 0;
  let run = 0;
  let inRuns = 0;
  let undefinedBytes = 0;
  for (let i = 0; i < sample.length;) {
    const byte = sample[i] ?? 0;
    if (byte < 0x80) {
      i += 1;
      continue;
    }
    const length = utf8Length(sample, i);
    // A character that the end of the sample cuts is not broken.
    if (length === 0 && !complete && i > sample.length - 4) break;
    if (length > 0) whole += 1;
    else broken += 1;
    for (const end = i + Math.max(1, length); i < end; i++) {
      const one = sample[i] ?? 0;
      high += 1;
      run = i > 0 && (sample[i - 1] ?? 0) >= 0x80 ? run + 1 : 1;
      if (run >= 3) inRuns += 1;
      // 81, 8D, 8F, 90 and 9D are no characters.
      if (one === 0x81 || one === 0x8d || one === 0x8f || one === 0x90 || one === 0x9d) undefinedBytes += 1;
    }
  }
  if (broken <= whole) return false;
  // Western letters beyond ASCII stand alone or in pairs; in scripts that are not Latin whole words are such bytes.
  return undefinedBytes === 0 && inRuns <= high / 4;
}

/** Length of the UTF-8 character at `i`, 0 where there is none (RFC 3629: no overlong forms, no surrogates). */
function utf8Length(bytes: Uint8Array, i: number): number {
  const first = bytes[i] ?? 0;
  const second = bytes[i + 1] ?? 0;
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  for (let k = 1; k < length; k++) {
    const next = bytes[i + k] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return length;
}
