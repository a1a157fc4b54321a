/**
 * Writes GGUF version 3 (ggml/docs/gguf.md): header, metadata in the order given, tensors in the order given, each padded
 * to the alignment. Reads back by gguf.ts, and by ggml and Python's `gguf`.
 */
import { ggmlNumber } from './ggml-types';
import { DEFAULT_ALIGNMENT } from './gguf';
import {
  GGUF_TYPES,
  type GgufItem,
  type GgufItemType,
  type GgufMetadata,
  type GgufType,
  ITEM_BYTES,
} from './gguf-values';
import type { PlannedFile } from './planned-file';
import { type PlannedTensor, tensorBytes, tensorChunks } from './planned-tensor';

const MAX_NAME_BYTES = 63;

/** A GGUF file; throws RangeError for a name that ggml refuses: twice, or longer than 63 bytes. */
export function ggufFile(path: string, metadata: GgufMetadata, tensors: readonly PlannedTensor[]): PlannedFile {
  const padded = (bytes: number): number => Math.ceil(bytes / DEFAULT_ALIGNMENT) * DEFAULT_ALIGNMENT;
  const header = new Bytes();
  header.raw(new TextEncoder().encode('GGUF'));
  header.item('uint32', 3);
  header.item('uint64', BigInt(tensors.length));
  header.item('uint64', BigInt(metadata.size));
  for (const [key, value] of metadata) {
    header.item('string', key);
    header.type(value.type);
    if (value.type !== 'array') {
      header.item(value.type, value.value);
      continue;
    }
    header.type(value.of);
    header.item('uint64', BigInt(value.items.length));
    for (const item of value.items) header.item(value.of, item);
  }
  const names = new Set<string>();
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape, dtype } = tensor;
    if (names.has(name) || new TextEncoder().encode(name).length > MAX_NAME_BYTES) {
      throw new RangeError(`GGUF cannot have the tensor «${name}»: it is there twice, or its name is too long.`);
    }
    names.add(name);
    header.item('string', name);
    header.item('uint32', shape.length);
    for (const side of shape.toReversed()) header.item('uint64', BigInt(side));
    header.item('uint32', ggmlNumber(dtype));
    header.item('uint64', BigInt(offset));
    offset += padded(tensorBytes(tensor));
  }
  header.raw(new Uint8Array(padded(header.length) - header.length));
  const start = header.bytes();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield start;
    for (const tensor of tensors) {
      yield* tensorChunks(tensor);
      const bytes = tensorBytes(tensor);
      yield new Uint8Array(padded(bytes) - bytes);
    }
  }
  return { path, bytes: start.length + offset, chunks };
}

/** Bytes that grow. */
class Bytes {
  length = 0;
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  type(type: GgufType): void {
    this.item('uint32', GGUF_TYPES.indexOf(type));
  }

  item(type: GgufItemType, value: GgufItem): void {
    if (type === 'string') {
      const text = new TextEncoder().encode(String(value));
      this.item('uint64', BigInt(text.length));
      this.raw(text);
      return;
    }
    const at = this.#grow(ITEM_BYTES[type]);
    const view = this.#view;
    const number = Number(value);
    switch (type) {
      case 'uint8':
      case 'bool':
        return view.setUint8(at, number);
      case 'int8':
        return view.setInt8(at, number);
      case 'uint16':
        return view.setUint16(at, number, true);
      case 'int16':
        return view.setInt16(at, number, true);
      case 'uint32':
        return view.setUint32(at, number, true);
      case 'int32':
        return view.setInt32(at, number, true);
      case 'float32':
        return view.setFloat32(at, number, true);
      case 'float64':
        return view.setFloat64(at, number, true);
      case 'uint64':
        return view.setBigUint64(at, BigInt(value), true);
      case 'int64':
        return view.setBigInt64(at, BigInt(value), true);
    }
  }

  /** Where the next bytes go. */
  #grow(by: number): number {
    const at = this.length;
    this.length += by;
    if (this.length > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}
