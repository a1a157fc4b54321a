/**
 * The metadata of a GGUF file (ggml/docs/gguf.md): values of thirteen types. Lists stay as the bytes they are in the file
 * until they are asked for: a vocabulary is a hundred thousand strings.
 */
import { damagedFile } from './stored-tensor';

/** In the order of their numbers in the file; the ninth, «array», has one of the others in it. */
export const GGUF_TYPES = [
  ...(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'bool', 'string'] as const),
  ...(['array', 'uint64', 'int64', 'float64'] as const),
] as const;

export type GgufType = (typeof GGUF_TYPES)[number];
export type GgufItemType = Exclude<GgufType, 'array'>;
export type GgufItem = number | bigint | boolean | string;

/** Items of one type: a plain list when a file is written, `StoredItems` when one is read. */
export interface GgufItems extends Iterable<GgufItem> {
  readonly length: number;
}

export type GgufValue = { type: GgufItemType; value: GgufItem } | { type: 'array'; of: GgufItemType; items: GgufItems };

export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** Bytes of an item; of a string, those of its length, which stand before it. */
export const ITEM_BYTES: Readonly<Record<GgufItemType, number>> = {
  ...{ uint8: 1, int8: 1, uint16: 2, int16: 2, uint32: 4, int32: 4, float32: 4, bool: 1, string: 8 },
  ...{ uint64: 8, int64: 8, float64: 8 },
};

/** The items of a list as they stand in the file. */
export class StoredItems implements GgufItems {
  readonly length: number;
  readonly #file: string;
  readonly #of: GgufItemType;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where each string begins, its length first. */
  readonly #starts: Uint32Array | null;

  /** `bytes`: those of the items alone; `starts`: of strings, where each begins in them. */
  constructor(file: string, of: GgufItemType, length: number, bytes: Uint8Array, starts: Uint32Array | null) {
    this.length = length;
    this.#file = file;
    this.#of = of;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#starts = starts;
  }

  /** An item; throws `model-damaged` for a string that is not UTF-8, and RangeError beyond the end. */
  at(index: number): GgufItem {
    if (index < 0 || index >= this.length) throw new RangeError(`There is no item ${index} of ${this.length}.`);
    if (this.#starts === null) return readItem(this.#view, this.#of, index * ITEM_BYTES[this.#of]);
    const start = this.#starts[index] ?? 0;
    // The reader has seen that it ends within the bytes: the upper half is nought.
    const end = start + 8 + this.#view.getUint32(start, true);
    return decodeText(this.#file, this.#bytes.subarray(start + 8, end));
  }

  *[Symbol.iterator](): Generator<GgufItem> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}

/** An item that is not a string. */
export function readItem(view: DataView, type: GgufItemType, at: number): GgufItem {
  switch (type) {
    case 'uint8':
      return view.getUint8(at);
    case 'int8':
      return view.getInt8(at);
    case 'uint16':
      return view.getUint16(at, true);
    case 'int16':
      return view.getInt16(at, true);
    case 'uint32':
      return view.getUint32(at, true);
    case 'int32':
      return view.getInt32(at, true);
    case 'float32':
      return view.getFloat32(at, true);
    case 'float64':
      return view.getFloat64(at, true);
    case 'uint64':
      return view.getBigUint64(at, true);
    case 'int64':
      return view.getBigInt64(at, true);
    case 'bool':
      return view.getUint8(at) !== 0;
    case 'string':
      throw new TypeError('A string is read by its length.');
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A string of the file; throws `model-damaged` where it is not UTF-8. */
export function decodeText(file: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw damagedFile(file, 'a name or text in its header is not UTF-8', cause);
  }
}
