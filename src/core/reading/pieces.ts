/**
 * Cuts a stream of byte chunks into lines, whatever the chunk boundaries, holding one line at most.
 */

/** A line, or one value of a JSON array or stream: its place and its bytes. */
export interface Piece {
  /** One-based line; for an element of a JSON array its one-based number. */
  number: number;
  /** One-based line of the file at which the piece begins. */
  line: number;
  /** The bytes, valid only until the sink returns; of a piece over the cap only the beginning. */
  bytes: Uint8Array;
  /** True when the piece was longer than `MAX_PIECE_BYTES`. */
  tooLong: boolean;
}

export type PieceSink = (piece: Piece) => void;

/** Cuts bytes into pieces. */
export interface Splitter {
  push(chunk: Uint8Array): void;
  /** Ends the stream: what is left is a piece of its own. */
  end(): void;
}

/** A longer line or element is left out: strings of this size and their copies would fill the tab's memory. */
export const MAX_PIECE_BYTES = 32 * 1024 * 1024;
const KEPT_OF_TOO_LONG = 512;

/** The beginning of a piece that reaches over a chunk boundary. */
export class Carry {
  #parts: Uint8Array[] = [];
  #length = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Keeps a copy of `bytes`, or only counts them once the piece is over the cap. */
  append(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length <= this.#maxBytes) this.#parts.push(bytes.slice());
    else this.#parts = [join(this.#parts, bytes).slice(0, KEPT_OF_TOO_LONG)];
  }

  /** The whole piece, ended by `last`; the carry is empty afterwards. */
  take(last: Uint8Array): { bytes: Uint8Array; tooLong: boolean } {
    const tooLong = this.#length + last.length > this.#maxBytes;
    let bytes =
      this.#parts.length === 0 ? last : join(this.#parts, tooLong ? last.subarray(0, KEPT_OF_TOO_LONG) : last);
    if (tooLong) bytes = bytes.slice(0, KEPT_OF_TOO_LONG);
    this.#parts = [];
    this.#length = 0;
    return { bytes, tooLong };
  }
}

/** Cuts at `separator` (`\n`, or `\r` for files that know no other); the separator is not part of the piece. */
export class LineSplitter implements Splitter {
  readonly #sink: PieceSink;
  readonly #separator: number;
  readonly #carry: Carry;
  #line = 1;

  constructor(sink: PieceSink, separator = 0x0a, maxBytes = MAX_PIECE_BYTES) {
    this.#sink = sink;
    this.#separator = separator;
    this.#carry = new Carry(maxBytes);
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(this.#separator); end >= 0; end = chunk.indexOf(this.#separator, start)) {
      this.#emit(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#carry.append(chunk.subarray(start));
  }

  end(): void {
    if (this.#carry.length > 0) this.#emit(new Uint8Array(0));
  }

  #emit(last: Uint8Array): void {
    const piece = this.#carry.take(last);
    this.#sink({ number: this.#line, line: this.#line, ...piece });
    this.#line += 1;
  }
}

/** One array of all the parts. */
export function join(parts: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, last.length));
  let offset = 0;
  for (const part of [...parts, last]) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
