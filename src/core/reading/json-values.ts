/**
 * Cuts a byte stream into the elements of one big JSON array, or into JSON objects that span several lines.
 * Works on bytes: everything that structures JSON is ASCII, and no byte of a longer UTF-8 character is.
 * It only finds where a value begins and ends; whether it is JSON is told when it is parsed.
 *
 * A value that never closes would swallow the rest of the file. Where objects begin a line of their own, the next line
 * that begins like that (`resyncIndent` blanks, then `{`) ends the broken one.
 */
import { Carry, MAX_PIECE_BYTES, type PieceSink, type Splitter } from './pieces';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;

export interface JsonValueOptions {
  /** Elements of arrays, or objects one after the other. */
  kind: 'array' | 'objects';
  resyncIndent?: number | null;
  maxBytes?: number;
  /** Told the line of a comma before the end of the array, of an end that is missing, or of text outside it. */
  onOddity?: (what: 'trailing-comma' | 'open-end' | 'text-outside', line: number) => void;
}

export class JsonValueSplitter implements Splitter {
  readonly #sink: PieceSink;
  readonly #kind: 'array' | 'objects';
  readonly #resyncIndent: number | null;
  readonly #onOddity: (what: 'trailing-comma' | 'open-end' | 'text-outside', line: number) => void;
  readonly #carry: Carry;
  #line = 1;
  #element = 0;
  /** Blanks since the last line break; −1 once something else was seen. */
  #indent = 0;
  #inArray: boolean;
  #inValue = false;
  #scalar = false;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #valueLine = 1;
  #afterComma = false;
  #toldOutside = false;

  constructor(sink: PieceSink, options: JsonValueOptions) {
    this.#sink = sink;
    this.#kind = options.kind;
    this.#resyncIndent = options.resyncIndent ?? null;
    this.#onOddity = options.onOddity ?? (() => undefined);
    this.#carry = new Carry(options.maxBytes ?? MAX_PIECE_BYTES);
    this.#inArray = options.kind === 'objects';
  }

  push(chunk: Uint8Array): void {
    this.scan(chunk, 0, false);
  }

  /** Begins anew, inside an array whose bracket was just passed at `line`. */
  enter(line: number): void {
    this.#inArray = true;
    this.#afterComma = false;
    this.#line = line;
    this.#indent = -1;
  }

  /** The line that is being read. */
  get line(): number {
    return this.#line;
  }

  /** Takes `chunk` from `from` on. With `once` it stops behind the end of the array and returns that place, else −1. */
  scan(chunk: Uint8Array, from: number, once: boolean): number {
    let start = from; // where the current value begins in this chunk
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (this.#inValue) {
        const end = this.#step(byte, i);
        if (end >= 0) {
          this.#emit(chunk.subarray(start, end));
          // What ended the value without being part of it is looked at once more, outside.
          if (end === i) {
            this.#outside(byte);
            if (this.#inValue) start = i;
          }
        }
      } else {
        this.#outside(byte);
        if (this.#inValue) start = i;
      }
      if (byte === NEWLINE) {
        this.#line += 1;
        this.#indent = 0;
      } else if (this.#indent >= 0) {
        this.#indent = byte === 0x20 || byte === 0x09 ? this.#indent + 1 : -1;
      }
      if (once && !this.#inArray) return i + 1;
    }
    if (this.#inValue) this.#carry.append(chunk.subarray(start));
    return -1;
  }

  end(): void {
    if (this.#inValue) this.#emit(new Uint8Array(0));
    if (this.#kind === 'array' && this.#inArray) this.#onOddity('open-end', this.#line);
  }

  /** Takes one byte inside a value; returns the index just after the value where it ended, else −1. */
  #step(byte: number, index: number): number {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE || byte === NEWLINE) this.#inString = false; // JSON text holds no raw line break
      return -1;
    }
    if (this.#scalar) {
      if (byte === QUOTE) this.#inString = true;
      return byte === COMMA || byte === CLOSE_LIST || byte === NEWLINE ? index : -1;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_DICT && this.#indent >= 0 && this.#indent === this.#resyncIndent) return index;
    else if (byte === OPEN_DICT || byte === OPEN_LIST) this.#depth += 1;
    else if (byte === CLOSE_DICT || byte === CLOSE_LIST) {
      this.#depth -= 1;
      if (this.#depth === 0) return index + 1;
    }
    return -1;
  }

  /** Takes one byte between values: blanks and commas are passed over, anything else begins a value. */
  #outside(byte: number): void {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE) return;
    if (!this.#inArray) {
      if (byte === OPEN_LIST) this.#inArray = true;
      else if (!this.#toldOutside) {
        this.#toldOutside = true;
        this.#onOddity('text-outside', this.#line);
      }
      return;
    }
    if (byte === COMMA) {
      this.#afterComma = true;
      return;
    }
    if (byte === CLOSE_LIST && this.#kind === 'array') {
      if (this.#afterComma) this.#onOddity('trailing-comma', this.#line);
      this.#afterComma = false;
      this.#inArray = false;
      return;
    }
    this.#afterComma = false;
    this.#inValue = true;
    this.#scalar = byte !== OPEN_DICT && byte !== OPEN_LIST;
    this.#depth = this.#scalar ? 0 : 1;
    this.#inString = byte === QUOTE;
    this.#escaped = false;
    this.#valueLine = this.#line;
  }

  #emit(last: Uint8Array): void {
    this.#element += 1;
    this.#inValue = false;
    const number = this.#kind === 'array' ? this.#element : this.#valueLine;
    this.#sink({ number, line: this.#valueLine, ...this.#carry.take(last) });
  }
}
