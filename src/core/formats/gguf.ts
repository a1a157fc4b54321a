/**
 * Reads the header of a GGUF file, versions 2 and 3, little endian (ggml/docs/gguf.md; ggml/src/gguf.cpp for what is
 * refused): metadata, then names, shapes and places of tensors, then their values from the next multiple of the alignment.
 * A count or length is checked against the bytes that are left before anything is allocated by it. Tensors lie one behind
 * the other in the order of the header, padded to the alignment. Lists in lists are refused, as llama.cpp refuses them.
 * Values stay in the file; gguf-writer.ts writes.
 *
 * The length of a header is not told in advance: its start is read, and twice as much when that is not enough.
 *
 * Throws `model-damaged` and `model-unsupported`, with the file and the reason.
 */
import type { ByteSource } from './byte-source';
import { GGML_TYPES } from './ggml-types';
import {
  decodeText,
  GGUF_TYPES,
  type GgufItem,
  type GgufItemType,
  type GgufMetadata,
  type GgufType,
  type GgufValue,
  ITEM_BYTES,
  readItem,
  StoredItems,
} from './gguf-values';
import { damagedFile, type StoredTensor, unsupportedFile, valuesOfShape } from './stored-tensor';

export const DEFAULT_ALIGNMENT = 32;

const FIRST_READ = 1 << 20;
/** The largest vocabularies with merges take some 20 MB. */
const MAX_HEADER_BYTES = 1 << 27;
/** As in ggml: GGML_MAX_DIMS, GGML_MAX_NAME. */
const MAX_SIDES = 4;
const MAX_NAME_BYTES = 64;
const MAX_KEY_BYTES = 65_535;
const MAX_ALIGNMENT = 1 << 16;
/** Tensors, or keys: many times what any model has. */
const MAX_ENTRIES = 1 << 16;

export interface GgufHeader {
  version: number;
  metadata: GgufMetadata;
  /** In the order of their bytes. */
  tensors: StoredTensor[];
  alignment: number;
}

/** What stands in the file, without its tensors' values. */
export async function readGguf(source: ByteSource): Promise<GgufHeader> {
  const { file, size } = source;
  for (let length = Math.min(FIRST_READ, size); ; length = Math.min(2 * length, size)) {
    try {
      return readHeader(new Cursor(file, await source.read(0, length), size));
    } catch (error) {
      if (!(error instanceof MoreBytes)) throw error;
      if (length === size) throw damagedFile(file, 'it ends within its header', error);
      if (length >= MAX_HEADER_BYTES) {
        throw unsupportedFile(file, `its header has more than ${MAX_HEADER_BYTES} bytes`, 'Choose another file.');
      }
    }
  }
}

/** Thrown where the header goes on behind the bytes that were read. */
class MoreBytes extends Error {}

function readHeader(cursor: Cursor): GgufHeader {
  const { file } = cursor;
  if (cursor.number('uint32') !== 0x46554747) throw damagedFile(file, 'it does not begin with «GGUF»');
  const version = cursor.number('uint32');
  if (version !== 2 && version !== 3) {
    const bigEndian = version === 2 << 24 || version === 3 << 24;
    const what = bigEndian ? 'it is big-endian' : `it is of GGUF version ${version}; 2 and 3 are known`;
    throw unsupportedFile(file, what, 'Convert it with the newest llama.cpp on a usual computer.');
  }
  // A tensor takes at least its name's length, its sides' count, its type and its place; a value its key's length and type.
  const tensorCount = cursor.count('tensors', 8 + 4 + 4 + 8);
  const valueCount = cursor.count('values of metadata', 8 + 4 + 1);
  if (tensorCount > MAX_ENTRIES || valueCount > MAX_ENTRIES) {
    throw unsupportedFile(file, 'its header lists more than any known model has', 'Choose another file.');
  }
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < valueCount; i++) {
    const key = cursor.text('a key', MAX_KEY_BYTES);
    if (metadata.has(key)) throw damagedFile(file, `the key «${key}» is there twice`);
    metadata.set(key, readValue(cursor, key));
  }
  const alignment = alignmentOf(file, metadata);
  const entries = Array.from({ length: tensorCount }, () => readEntry(cursor));
  return { version, metadata, tensors: placed(cursor, entries, alignment), alignment };
}

function readValue(cursor: Cursor, key: string): GgufValue {
  const type = cursor.type(key);
  if (type !== 'array') return { type, value: cursor.item(type) };
  const of = cursor.type(key);
  if (of === 'array') {
    throw unsupportedFile(
      cursor.file,
      `«${key}» is a list of lists, which llama.cpp refuses too`,
      'Choose another file.',
    );
  }
  return { type, of, items: cursor.items(of, key) };
}

function alignmentOf(file: string, metadata: GgufMetadata): number {
  const entry = metadata.get('general.alignment');
  if (entry === undefined) return DEFAULT_ALIGNMENT;
  const alignment = entry.type === 'uint32' ? Number(entry.value) : 0;
  const isPower = alignment > 0 && (alignment & (alignment - 1)) === 0;
  if (isPower && alignment <= MAX_ALIGNMENT) return alignment;
  throw damagedFile(file, 'its general.alignment is not a power of two');
}

interface Entry extends Omit<StoredTensor, 'byteOffset'> {
  /** From where the values start. */
  offset: bigint;
}

function readEntry(cursor: Cursor): Entry {
  const { file } = cursor;
  const name = cursor.text('the name of a tensor', MAX_NAME_BYTES);
  const sides = cursor.number('uint32');
  if (sides > MAX_SIDES) throw damagedFile(file, `«${name}» has ${sides} sides, and at most ${MAX_SIDES} are allowed`);
  // The file has the innermost side first.
  const shape = Array.from({ length: sides }, () => Number(cursor.long())).reverse();
  const typeNumber = cursor.number('uint32');
  const offset = cursor.long();
  const type = GGML_TYPES.get(typeNumber);
  if (type === undefined) {
    throw unsupportedFile(file, `«${name}» has values of the unknown type ${typeNumber}`, 'Choose another file.');
  }
  const values = valuesOfShape(shape);
  if (values === null || (shape.at(-1) ?? 1) % type.values !== 0) {
    throw damagedFile(file, `the shape of «${name}», [${shape.join(', ')}], does not fit its type ${type.name}`);
  }
  return { name, shape, type: type.name, dtype: type.dtype, byteLength: (values / type.values) * type.bytes, offset };
}

/** The tensors with their places in the file, each checked against the one before and the end. */
function placed({ file, at, size }: Cursor, entries: readonly Entry[], alignment: number): StoredTensor[] {
  const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  const start = padded(at);
  const names = new Set<string>();
  let expected = 0;
  return entries.map(({ offset, ...entry }) => {
    const { name, byteLength } = entry;
    if (names.has(name)) throw damagedFile(file, `the tensor «${name}» is there twice`);
    names.add(name);
    if (offset !== BigInt(expected)) {
      throw damagedFile(file, `«${name}» should begin at ${expected} of the values, and the header says ${offset}`);
    }
    if (start + expected + byteLength > size) {
      throw damagedFile(
        file,
        `the bytes of «${name}» reach to ${start + expected + byteLength}, and the file has ${size}`,
      );
    }
    const byteOffset = start + expected;
    expected = padded(expected + byteLength);
    return { ...entry, byteOffset };
  });
}

/** Reads on and on; throws `MoreBytes` at the end of the bytes, and `model-damaged` where the file itself is too short. */
class Cursor {
  at = 0;
  readonly #view: DataView;

  constructor(
    readonly file: string,
    private readonly bytes: Uint8Array,
    readonly size: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  number(type: 'uint32'): number {
    return Number(readItem(this.#view, type, this.#take(4)));
  }

  long(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** A number of things that take at least `least` bytes each in the rest of the file. */
  count(of: string, least: number): number {
    const at = this.#take(8);
    // Not a bigint, not even a product: a vocabulary would make a hundred thousand of them. A header has no 4 billion things.
    const count = this.#view.getUint32(at, true);
    if (this.#view.getUint32(at + 4, true) > 0 || count * least > this.size - this.at) {
      const exact = this.#view.getBigUint64(at, true);
      throw damagedFile(this.file, `it says that it has ${exact} ${of}, more than its ${this.size} bytes can hold`);
    }
    return count;
  }

  type(key: string): GgufType {
    const number = this.number('uint32');
    const type = GGUF_TYPES[number];
    if (type === undefined) throw damagedFile(this.file, `«${key}» has a value of the unknown type ${number}`);
    return type;
  }

  text(what: string, most = Infinity): string {
    const length = this.count(`bytes in ${what}`, 1);
    if (length > most) throw damagedFile(this.file, `${what} has ${length} bytes, and at most ${most} are allowed`);
    const from = this.#take(length);
    return decodeText(this.file, this.bytes.subarray(from, from + length));
  }

  item(type: GgufItemType): GgufItem {
    return type === 'string' ? this.text('a text') : readItem(this.#view, type, this.#take(ITEM_BYTES[type]));
  }

  items(of: GgufItemType, key: string): StoredItems {
    const count = this.count(`items in «${key}»`, ITEM_BYTES[of]);
    const start = this.at;
    const starts = of === 'string' ? this.#starts(count, key) : null;
    if (starts === null) this.#take(count * ITEM_BYTES[of]);
    return new StoredItems(this.file, of, count, this.bytes.subarray(start, this.at), starts);
  }

  #starts(count: number, key: string): Uint32Array {
    // All their lengths at least have to be among the bytes, else nothing is set aside for them.
    if (count * ITEM_BYTES.string > this.bytes.length - this.at) throw new MoreBytes();
    const starts = new Uint32Array(count);
    const start = this.at;
    const of = `bytes in an item of «${key}»`;
    for (let i = 0; i < count; i++) {
      starts[i] = this.at - start;
      this.#take(this.count(of, 1));
    }
    return starts;
  }

  #take(length: number): number {
    const from = this.at;
    if (from + length > this.bytes.length) throw new MoreBytes();
    this.at += length;
    return from;
  }
}
