/**
 * Matrices whose values stay in blocks on the GPU, and the WGSL that unpacks them where a product needs them.
 *
 * Lines are as in files, [outputs, inputs]: blocks lie along the inputs. A block's words do not lie one behind the other
 * here, but each beside the same word of the next line, [block][word][line]: threads beside each other read lines beside
 * each other, and a square of 4×4 values is two reads of four words. The first word of a block is its scale, in float32:
 * a device may take the smallest values of float16 for zero.
 */
import { halfToFloatInto } from '../../core/formats/float16';
import type { TensorTypeId } from '../../core/formats/tensor-types';

interface BlockType {
  /** 4-byte words of a block: the scale first. */
  words: number;
  /** Bytes of a block in files, and how its words are made of them. */
  fileBytes: number;
  repack(block: Uint8Array, words: Uint8Array): void;
  /** Expressions of `at`, the place of four values in a line: the word they are in, and, of such a word, the four values. */
  word: string;
  values: (word: string) => string;
}

/** Values of a block. */
export const BLOCK_VALUES = 32;

/** To add a type: how ggml lays it out stands in core/formats/tensor-types.ts. */
const BLOCK_TYPES = {
  q4_0: {
    words: 5,
    fileBytes: 18,
    repack: (block, words) => words.set(block.subarray(2), 4),
    word: '1u + at % 16u / 4u',
    values: (word) =>
      `vec4<f32>((vec4<u32>(${word} >> (at % 32u / 16u * 4u)) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(15u)) - 8.0`,
  },
} as const satisfies Partial<Record<TensorTypeId, BlockType>>;

export type BlockTypeId = keyof typeof BLOCK_TYPES;

/** True for types that products unpack by themselves. */
export function isBlockType(type: TensorTypeId): type is BlockTypeId {
  return Object.hasOwn(BLOCK_TYPES, type);
}

/** True where a matrix of that shape can stay packed: squares of 4×4 are whole, and so are blocks. */
export function canStayPacked(lines: number, lineLength: number): boolean {
  return lines % 4 === 0 && lineLength % BLOCK_VALUES === 0;
}

/** Words of a matrix on the GPU, from its bytes in a file: [blocks of a line][words of a block][lines]. */
export function packedWords(type: BlockTypeId, bytes: Uint8Array, lines: number, lineLength: number): Int32Array {
  const { words, fileBytes, repack } = BLOCK_TYPES[type];
  const blocks = lineLength / BLOCK_VALUES;
  const packed = new Int32Array(blocks * words * lines);
  const own = new Int32Array(words);
  const ownBytes = new Uint8Array(own.buffer);
  const scale = new Float32Array(own.buffer, 0, 1);
  const half = new Uint16Array(1);
  for (let line = 0, from = 0; line < lines; line++) {
    for (let block = 0; block < blocks; block++, from += fileBytes) {
      half[0] = (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8);
      halfToFloatInto(half, scale);
      repack(bytes.subarray(from, from + fileBytes), ownBytes);
      for (let word = 0; word < words; word++) packed[(block * words + word) * lines + line] = own[word] ?? 0;
    }
  }
  return packed;
}

/**
 * `name(line, at)`: the square of values `at` to `at` + 3 of the lines `line` to `line` + 3, a column for each line; 0 for
 * what is not there. `buffer` is an array<vec4<u32>>, `lines` and `width` are expressions.
 */
export function squareOfBlocks(
  name: string,
  type: BlockTypeId,
  { buffer, lines, width }: { buffer: string; lines: string; width: string },
): string {
  const { words, word, values } = BLOCK_TYPES[type];
  const columns = ['x', 'y', 'z', 'w'].map((line) => `(${values(`word.${line}`)}) * scales.${line}`);
  return `
fn ${name}(line: u32, at: u32) -> mat4x4<f32> {
  let lines = ${lines};
  if (line >= lines || at >= ${width}) { return mat4x4<f32>(); }
  let first = at / ${BLOCK_VALUES}u * ${words}u * (lines / 4u) + line / 4u;
  let scales = bitcast<vec4<f32>>(${buffer}[first]);
  let word = ${buffer}[first + (${word}) * (lines / 4u)];
  return mat4x4<f32>(
    ${columns.join(',\n    ')});
}`;
}
