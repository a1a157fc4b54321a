/**
 * In which types the values of a model's files are stored, and their float32 values. Quantised types are blocks of 32
 * values of one row, as ggml lays them out (ggml-quants.c, `dequantize_row_q4_0`, `_q4_1` and `_q8_0`): a scale in float16,
 * then
 * q4_0: 16 bytes, byte j with value j in its low and value j + 16 in its high four bits, minus 8;
 * q4_1: a minimum in float16, then 16 bytes of the same order; the minimum is added;
 * q8_0: 32 signed bytes.
 */
import { halfToFloat, halfToFloatInto } from './float16';

interface TensorType {
  /** Values of a block; 1 = each stands alone. Rows are whole blocks. */
  values: number;
  /** Bytes of a block. */
  bytes: number;
  /** Of a block's bytes, the numbers in float16: its scale and minimum. */
  halves?: number;
  unpack(bytes: Uint8Array, into: Float32Array): void;
}

const TENSOR_TYPES = {
  float32: { values: 1, bytes: 4, unpack: unpackFloat32 },
  float16: { values: 1, bytes: 2, unpack: unpackFloat16 },
  bfloat16: { values: 1, bytes: 2, unpack: unpackBfloat16 },
  q8_0: { values: 32, bytes: 34, halves: 1, unpack: unpackQ8 },
  q4_0: { values: 32, bytes: 18, halves: 1, unpack: unpackQ4 },
  q4_1: { values: 32, bytes: 20, halves: 2, unpack: unpackQ4WithMinimum },
} as const satisfies Record<string, TensorType>;

export type TensorTypeId = keyof typeof TENSOR_TYPES;

/** True for a type that can be read. */
export function isTensorType(id: string): id is TensorTypeId {
  return Object.hasOwn(TENSOR_TYPES, id);
}

/** All types that can be read. */
export const TENSOR_TYPE_IDS: readonly string[] = Object.keys(TENSOR_TYPES);

/** Bytes of as many values; null where they are not whole blocks. */
export function bytesOfValues(id: TensorTypeId, count: number): number | null {
  const { values, bytes } = TENSOR_TYPES[id];
  return count % values === 0 ? (count / values) * bytes : null;
}

/**
 * Bytes of as many values on a device: blocks stay blocks where products unpack them, with their numbers in float32; all
 * else is float32.
 */
export function deviceBytesOf(id: TensorTypeId, shape: readonly number[]): number {
  const [lines = 1, width = 0] = shape;
  const count = shape.reduce((product, side) => product * side, 1);
  const { values, bytes, halves = 0 } = typeOf(id);
  const stays = halves > 0 && shape.length === 2 && lines % 4 === 0 && width % values === 0;
  return stays ? (count / values) * (bytes + 2 * halves) : 4 * count;
}

function typeOf(id: TensorTypeId): TensorType {
  return TENSOR_TYPES[id];
}

/** Writes the values of whole blocks to `into`, which has as many places. */
export function unpackValues(id: TensorTypeId, bytes: Uint8Array, into: Float32Array): void {
  TENSOR_TYPES[id].unpack(bytes, into);
}

/** Bytes at an address that typed arrays can stand on. */
function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}

function unpackFloat32(bytes: Uint8Array, into: Float32Array): void {
  const { buffer, byteOffset } = aligned(bytes, 4);
  into.set(new Float32Array(buffer, byteOffset, into.length));
}

function unpackFloat16(bytes: Uint8Array, into: Float32Array): void {
  halfToFloatInto(halvesOf(bytes, into.length), into);
}

/** The upper half of a float32's bits. */
function unpackBfloat16(bytes: Uint8Array, into: Float32Array): void {
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
  halvesOf(bytes, into.length).forEach((half, i) => (bits[i] = half << 16));
}

function halvesOf(bytes: Uint8Array, length: number): Uint16Array {
  const { buffer, byteOffset } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, length);
}

function unpackQ8(bytes: Uint8Array, into: Float32Array): void {
  eachBlock(bytes, into, 34, (block, scale, values) => {
    for (let i = 0; i < 32; i++) values[i] = block.getInt8(2 + i) * scale;
  });
}

function unpackQ4(bytes: Uint8Array, into: Float32Array): void {
  eachBlock(bytes, into, 18, (block, scale, values) => {
    for (let i = 0; i < 16; i++) {
      const pair = block.getUint8(2 + i);
      values[i] = ((pair & 15) - 8) * scale;
      values[i + 16] = ((pair >> 4) - 8) * scale;
    }
  });
}

function unpackQ4WithMinimum(bytes: Uint8Array, into: Float32Array): void {
  eachBlock(bytes, into, 20, (block, scale, values) => {
    const [minimum = 0] = halfToFloat(Uint16Array.of(block.getUint16(2, true)));
    for (let i = 0; i < 16; i++) {
      const pair = block.getUint8(4 + i);
      values[i] = (pair & 15) * scale + minimum;
      values[i + 16] = (pair >> 4) * scale + minimum;
    }
  });
}

function eachBlock(
  bytes: Uint8Array,
  into: Float32Array,
  blockBytes: number,
  unpack: (block: DataView, scale: number, values: Float32Array) => void,
): void {
  for (let i = 0; i * 32 < into.length; i++) {
    const block = new DataView(bytes.buffer, bytes.byteOffset + i * blockBytes, blockBytes);
    const [scale = 0] = halfToFloat(Uint16Array.of(block.getUint16(0, true)));
    unpack(block, scale, into.subarray(32 * i, 32 * i + 32));
  }
}
