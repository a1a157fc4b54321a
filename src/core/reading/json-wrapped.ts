/**
 * Cuts the rows out of a JSON value that holds them somewhere inside (see JsonShape): follows the path on the bytes,
 * hands every item at its end on as a piece, and passes over the rest. Holds one row at most; of a table in columns
 * the whole.
 */
import { parseLenient } from './json-prefix';
import { isPartName, type JsonShape, type Step } from './json-shape';
import { JsonValueSplitter, type JsonValueOptions } from './json-values';
import { Carry, MAX_PIECE_BYTES, type Piece, type Splitter } from './pieces';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;
const NEWLINE = 0x0a;

/** Longer keys are nobody's path. */
const MAX_KEY_BYTES = 512;
/** A table in columns stands in memory as a whole, several times over. */
export const MAX_COLUMNS_BYTES = 128 * 1024 * 1024;

/** Takes a piece with the key of the last `any` step, '' where there is none. */
export type KeyedSink = (piece: Piece, key: string) => void;

export interface WrappedOptions extends Pick<JsonValueOptions, 'resyncIndent' | 'onOddity'> {
  maxBytes?: number;
}

export class JsonWrappedSplitter implements Splitter {
  readonly #sink: KeyedSink;
  readonly #path: readonly Step[];
  readonly #isRows: boolean;
  readonly #onOddity: NonNullable<JsonValueOptions['onOddity']>;
  readonly #items: JsonValueSplitter;
  readonly #carry: Carry;
  /** What is being read: something on the way, the items of a list, or one value that is a piece. */
  #mode: 'way' | 'items' | 'value' = 'way';
  #line = 1;
  #valueLine = 1;
  /** Brackets that are open inside the value that is a piece. */
  #valueDepth = 0;
  #number = 0;
  /** Brackets that are open outside of the rows, and how many of them, from the outside, are on the path. */
  #depth = 0;
  #onPath = 0;
  #inString = false;
  #escaped = false;
  /** The string that is being read or was read last, where it may be a key of the path. */
  #key: number[] = [];
  #isKey = false;
  #afterColon = false;
  /** Key of the last `any` step that was taken. */
  #anyKey = '';
  #found = false;

  constructor(sink: KeyedSink, shape: Pick<JsonShape, 'path' | 'target'>, options: WrappedOptions = {}) {
    this.#sink = sink;
    this.#path = shape.path;
    this.#isRows = shape.target === 'rows';
    this.#onOddity = options.onOddity ?? (() => undefined);
    const maxBytes = options.maxBytes ?? (shape.target === 'columns' ? MAX_COLUMNS_BYTES : MAX_PIECE_BYTES);
    this.#carry = new Carry(maxBytes);
    this.#items = new JsonValueSplitter((piece) => this.#give(piece), { ...options, kind: 'array', maxBytes });
  }

  push(chunk: Uint8Array): void {
    let start = 0; // where the value that is a piece begins in this chunk
    for (let i = 0; i < chunk.length; i++) {
      if (this.#mode === 'items') {
        const end = this.#items.scan(chunk, i, true);
        if (end < 0) return;
        this.#line = this.#items.line;
        this.#mode = 'way';
        i = end - 1;
        this.#afterColon = false;
        continue;
      }
      const byte = chunk[i] ?? 0;
      if (byte === NEWLINE) this.#line += 1;
      if (this.#mode === 'way') {
        const found = this.#wayStep(byte);
        if (found === 'value') start = i;
        continue;
      }
      const end = this.#valueStep(byte);
      if (end < 0) continue;
      this.#emit(chunk.subarray(start, i + end));
      // What ended a number or word without being part of it is looked at once more.
      if (end === 0) this.#wayStep(byte);
    }
    if (this.#mode === 'value') this.#carry.append(chunk.subarray(start));
  }

  end(): void {
    if (this.#mode === 'value') this.#emit(new Uint8Array(0));
    else if (this.#mode === 'items') {
      this.#items.end();
      return;
    }
    if (this.#depth > 0 || !this.#found) this.#onOddity('open-end', this.#line);
  }

  /** Takes one byte on the way; tells whether a value that is a piece begins with it. */
  #wayStep(byte: number): 'value' | null {
    if (this.#inString) {
      this.#stringByte(byte);
      return null;
    }
    if (byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09) return null;
    const here = this.#depth === this.#onPath;
    if (here && this.#depth > 0 && byte === COLON) this.#afterColon = true;
    else if (here && byte === COMMA) this.#afterColon = false;
    else if (byte === CLOSE_DICT || byte === CLOSE_LIST) {
      this.#depth = Math.max(0, this.#depth - 1);
      this.#onPath = Math.min(this.#onPath, this.#depth);
      this.#afterColon = false;
    } else if (here && (this.#afterColon || this.#depth === 0)) return this.#valueBegins(byte);
    else this.#passOver(byte, here);
    return null;
  }

  /** A value begins with `byte`, in a place where it may be a step of the path. */
  #valueBegins(byte: number): 'value' | null {
    this.#afterColon = false;
    if (this.#depth === 0) {
      if (this.#path.length === 0) return this.#beginTarget(byte);
      if (byte === OPEN_DICT) {
        this.#depth = 1;
        this.#onPath = 1;
      } else this.#passOver(byte, false);
      return null;
    }
    const step = this.#path[this.#depth - 1];
    const key = readKey(this.#key);
    if (step === undefined || !takes(step, key)) {
      this.#passOver(byte, false);
      return null;
    }
    if (typeof step !== 'string') this.#anyKey = key;
    if (this.#depth === this.#path.length) return this.#beginTarget(byte);
    if (byte === OPEN_DICT) {
      this.#depth += 1;
      this.#onPath += 1;
    } else this.#passOver(byte, false);
    return null;
  }

  #beginTarget(byte: number): 'value' | null {
    if (this.#isRows) {
      if (byte === OPEN_LIST) {
        this.#found = true;
        this.#mode = 'items';
        this.#items.enter(this.#line);
      } else this.#passOver(byte, false);
      return null;
    }
    this.#found = true;
    this.#mode = 'value';
    this.#valueLine = this.#line;
    this.#valueDepth = 0;
    this.#valueStep(byte);
    return 'value';
  }

  #passOver(byte: number, mayBeKey: boolean): void {
    if (byte === QUOTE) {
      this.#inString = true;
      this.#escaped = false;
      this.#isKey = mayBeKey;
      if (mayBeKey) this.#key = [];
    } else if (byte === OPEN_DICT || byte === OPEN_LIST) this.#depth += 1;
  }

  #stringByte(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE || byte === NEWLINE) {
      this.#inString = false;
      return;
    }
    if (this.#isKey && this.#key.length < MAX_KEY_BYTES) this.#key.push(byte);
  }

  /** Takes one byte of a value that is a piece; at its end, how many bytes of this one belong to it (0 or 1), else −1. */
  #valueStep(byte: number): number {
    if (this.#inString) {
      this.#stringByte(byte);
      return !this.#inString && this.#valueDepth === 0 ? 1 : -1;
    }
    if (byte === QUOTE) {
      this.#inString = true;
      this.#escaped = false;
      this.#isKey = false;
    } else if (byte === OPEN_DICT || byte === OPEN_LIST) this.#valueDepth += 1;
    else if (byte === CLOSE_DICT || byte === CLOSE_LIST) {
      if (this.#valueDepth === 0) return 0;
      this.#valueDepth -= 1;
      return this.#valueDepth === 0 ? 1 : -1;
    } else if (this.#valueDepth === 0 && (byte === COMMA || byte === NEWLINE)) return 0;
    return -1;
  }

  #emit(last: Uint8Array): void {
    this.#mode = 'way';
    this.#inString = false;
    this.#give({ number: 0, line: this.#valueLine, ...this.#carry.take(last) });
  }

  /** Items are numbered through the whole file. */
  #give(piece: Piece): void {
    this.#number += 1;
    this.#sink({ ...piece, number: this.#number }, this.#anyKey);
  }
}

/** The text of a key from its bytes between the quotes. */
function readKey(bytes: readonly number[]): string {
  const raw = new TextDecoder().decode(Uint8Array.from(bytes));
  const value = raw.includes('\\') ? parseLenient(`"${raw}"`) : raw;
  return typeof value === 'string' ? value : raw;
}

function takes(step: Step, key: string): boolean {
  if (typeof step === 'string') return step === key;
  return step.any === 'key' || isPartName(key);
}
