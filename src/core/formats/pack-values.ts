/**
 * The way from float32 values to the types that files are written in. Halves round to nearest, ties to even. Blocks of q8_0
 * are those of ggml's `quantize_row_q8_0_ref`: scale d = max|x| / 127 in float32, values x · (1/d) rounded half away from
 * zero, d stored as a half.
 */
import { AppError } from '../errors';
import { floatToHalf } from './float16';

export type PackedTypeId = 'float32' | 'float16' | 'q8_0';

const BLOCK = 32;
const Q8_BYTES = 34;
/** From here on a float32 rounds to an infinite half. */
const HALF_OVERFLOW = 65_520;

/**
 * The bytes of values; of q8_0 they are whole blocks. `name` is that of the tensor. Throws `non-finite` where a value is not
 * a number or beyond what the type can hold: such a file would answer with nothing but NaN.
 */
export function packValues(dtype: PackedTypeId, values: Float32Array, name: string): Uint8Array {
  const largest = dtype === 'float32' ? Infinity : dtype === 'float16' ? HALF_OVERFLOW : HALF_OVERFLOW * 127;
  for (const value of values) if (!(Math.abs(value) < largest)) throw beyond(dtype, value, name);
  if (dtype === 'q8_0') return packQ8(values);
  const packed = dtype === 'float16' ? floatToHalf(values) : values;
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
}

function beyond(dtype: PackedTypeId, value: number, name: string): AppError {
  return new AppError(
    'non-finite',
    `«${name}» has the value ${value}, which ${dtype} cannot hold, so the file would be of no use. Choose another type of ` +
      'values, or train again with a lower learning rate.',
    { details: { name, value: String(value) } },
  );
}

function packQ8(values: Float32Array): Uint8Array {
  if (values.length % BLOCK !== 0) throw new RangeError(`${values.length} values are not whole blocks of ${BLOCK}.`);
  const blocks = values.length / BLOCK;
  const bytes = new Uint8Array(blocks * Q8_BYTES);
  const quants = new Int8Array(bytes.buffer);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const row = values.subarray(block * BLOCK, (block + 1) * BLOCK);
    let largest = 0;
    for (const value of row) largest = Math.max(largest, Math.abs(value));
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[block] = scale;
    const at = block * Q8_BYTES + 2;
    for (let i = 0; i < BLOCK; i++) quants[at + i] = roundAway(Math.fround((row[i] ?? 0) * inverse));
  }
  floatToHalf(scales).forEach((half, block) => {
    bytes[block * Q8_BYTES] = half & 255;
    bytes[block * Q8_BYTES + 1] = half >> 8;
  });
  return bytes;
}

/** C's `roundf`. */
function roundAway(value: number): number {
  return value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
}
