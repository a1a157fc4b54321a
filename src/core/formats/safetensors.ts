/**
 * Reads the header of a safetensors file, as strictly as the reference does (huggingface/safetensors, `tensor.rs`): 8 bytes
 * of header length, little endian, a JSON object, then the values. Ranges lie one behind the other, without holes or
 * overlaps, to the last byte of the file. Nothing is allocated by a size that the file claims before it is checked against
 * the file's own. Values stay in the file; safetensors-writer.ts writes.
 *
 * Throws `model-damaged` and `model-unsupported`, with the file and the reason.
 */
import type { ByteSource } from './byte-source';
import { damagedFile, type StoredTensor, unsupportedFile, valuesOfShape } from './stored-tensor';
import type { TensorTypeId } from './tensor-types';

/** Bits of a value, by the name of its type. */
const BITS: Readonly<Record<string, number>> = {
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ BOOL: 8, U8: 8, I8: 8, U16: 16, I16: 16, F16: 16, BF16: 16 },
  ...{ U32: 32, I32: 32, F32: 32, U64: 64, I64: 64, F64: 64, C64: 64 },
};

const READABLE: Readonly<Record<string, TensorTypeId>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

const LENGTH_BYTES = 8;
/** The reference allows 100 MB; a header of a thousand tensors takes a tenth of one. */
const MAX_HEADER_BYTES = 25_000_000;
/** Signs that begin or part values. JSON of nothing but them takes many times its size in memory; a tensor has eight. */
const MAX_SIGNS = 250_000;

export interface SafetensorsHeader {
  /** `__metadata__`, such as `format: pt`. */
  metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes. */
  tensors: StoredTensor[];
}

/** What stands in the file, without its values. */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsHeader> {
  const { file, size } = source;
  if (size < LENGTH_BYTES) throw damagedFile(file, `it has ${size} bytes, and a safetensors file starts with 8`);
  const start = await source.read(0, LENGTH_BYTES);
  const claimed = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (claimed > BigInt(size - LENGTH_BYTES)) {
    throw damagedFile(file, `its header should have ${claimed} bytes, and the whole file has ${size}`);
  }
  const headerBytes = Number(claimed);
  if (headerBytes > MAX_HEADER_BYTES) {
    throw unsupportedFile(
      file,
      `its header has ${headerBytes} bytes, more than any known model's`,
      'Choose another file.',
    );
  }
  const dataStart = LENGTH_BYTES + headerBytes;
  const header = parseHeader(file, await source.read(LENGTH_BYTES, dataStart));
  return readEntries(file, header, dataStart, size);
}

function parseHeader(file: string, bytes: Uint8Array): [string, unknown][] {
  if (bytes[0] !== 0x7b) throw damagedFile(file, 'its header is not a JSON object');
  if (countSigns(bytes) > MAX_SIGNS) {
    throw unsupportedFile(file, 'its header lists more than any known model has', 'Choose another file.');
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damagedFile(file, 'its header is not JSON', cause);
  }
  if (!isObject(header)) throw damagedFile(file, 'its header is not a JSON object');
  return Object.entries(header);
}

function readEntries(
  file: string,
  entries: readonly [string, unknown][],
  dataStart: number,
  size: number,
): SafetensorsHeader {
  const metadata = new Map<string, string>();
  const tensors: StoredTensor[] = [];
  for (const [name, value] of entries) {
    if (!isObject(value)) throw damagedFile(file, `the entry «${name}» is not an object`);
    if (name !== '__metadata__') {
      tensors.push(readEntry(file, name, value, dataStart));
      continue;
    }
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') throw damagedFile(file, `__metadata__ «${key}» is not a string`);
      metadata.set(key, text);
    }
  }
  tensors.sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  let end = dataStart;
  for (const { name, byteOffset, byteLength } of tensors) {
    if (byteOffset < end) throw damagedFile(file, `the bytes of «${name}» overlap those of another tensor`);
    if (byteOffset > end) throw damagedFile(file, `there is a hole before the bytes of «${name}»`);
    end += byteLength;
    if (end > size) throw damagedFile(file, `the bytes of «${name}» reach to ${end}, and the file has ${size}`);
  }
  if (end < size) throw damagedFile(file, `${size - end} bytes at its end belong to no tensor`);
  return { metadata, tensors };
}

function readEntry(file: string, name: string, entry: Record<string, unknown>, dataStart: number): StoredTensor {
  const { dtype: type, shape, data_offsets: offsets } = entry;
  if (typeof type !== 'string') throw damagedFile(file, `«${name}» has no type`);
  const bits = Object.hasOwn(BITS, type) ? BITS[type] : undefined;
  if (bits === undefined) {
    throw unsupportedFile(
      file,
      `«${name}» has values of the unknown type «${type.slice(0, 40)}»`,
      'Choose another file.',
    );
  }
  if (!isCounts(shape)) throw damagedFile(file, `the shape of «${name}» is not a list of whole numbers`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw damagedFile(file, `the data_offsets of «${name}» are not two whole numbers`);
  }
  const [from = 0, to = 0] = offsets;
  const values = valuesOfShape(shape);
  if (values === null || values * bits !== (to - from) * 8) {
    throw damagedFile(
      file,
      `«${name}» has ${to - from} bytes, which do not fit its shape [${shape.slice(0, 8).join(', ')}]`,
    );
  }
  const dtype = READABLE[type] ?? null;
  return { name, shape, type, dtype, byteOffset: dataStart + from, byteLength: to - from };
}

function countSigns(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) count++; // , [ {
  return count;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
