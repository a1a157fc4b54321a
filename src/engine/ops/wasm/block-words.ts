/**
 * How matrices in blocks lie in the memory of WebAssembly: blocks of 32 values one behind the other, line by line as in
 * files, their numbers in float32: a scale, with four bits a minimum too (q4_0 has −8 scales), then the bytes as in the file.
 */
import { halfToFloat } from '../../../core/formats/float16';
import { BLOCK_VALUES, type BlockTypeId } from '../../kernels/packed-blocks';
import { BLOCK_BYTES, type Bits } from './block-module';

/** Bits of a value. */
export const BITS: Record<BlockTypeId, Bits> = { q4_0: 'four', q4_1: 'four', q8_0: 'eight' };
/** Bytes of a file's block before its values. */
const NUMBER_BYTES: Record<BlockTypeId, number> = { q4_0: 2, q4_1: 4, q8_0: 2 };

/** What a matrix in that layout takes, from its bytes in a file. */
export function heapWords(type: BlockTypeId, bytes: Uint8Array, values: number): Int32Array {
  const bits = BITS[type];
  const [before, blockBytes] = [NUMBER_BYTES[type], BLOCK_BYTES[bits]];
  const valueBytes = bits === 'four' ? BLOCK_VALUES / 2 : BLOCK_VALUES;
  const count = values / BLOCK_VALUES;
  const packed = new Uint8Array(count * blockBytes);
  const floats = new Float32Array(packed.buffer);
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const halves = new Uint16Array(2 * count);
  for (let block = 0, from = 0; block < count; block++, from += before + valueBytes) {
    halves[2 * block] = numbers.getUint16(from, true);
    if (before > 2) halves[2 * block + 1] = numbers.getUint16(from + 2, true);
    const to = block * blockBytes + blockBytes - valueBytes;
    packed.set(bytes.subarray(from + before, from + before + valueBytes), to);
  }
  const read = halfToFloat(halves);
  for (let block = 0; block < count; block++) {
    const [at, scale] = [(block * blockBytes) / 4, read[2 * block] ?? 0];
    floats[at] = scale;
    if (bits === 'four') floats[at + 1] = type === 'q4_0' ? -8 * scale : (read[2 * block + 1] ?? 0);
  }
  return new Int32Array(packed.buffer);
}
