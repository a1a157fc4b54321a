/**
 * Matrices whose values stay in blocks on the GPU, and the WGSL that unpacks them where a product needs them.
 *
 * Lines are as in files, [outputs, inputs]: blocks lie along the inputs. A block's words do not lie one behind the other
 * here, but each beside the same word of the next line, [block][word][line]: threads beside each other read lines beside
 * each other, and a square of 4×4 values is two reads of four words. The first word of a block is its scale, in float32:
 * a device may take the smallest values of float16 for zero. Where blocks have a minimum it is the second.
 */
import { halfToFloatInto } from '../../core/formats/float16';
import type { TensorTypeId } from '../../core/formats/tensor-types';

interface BlockType {
  /** 4-byte words of a block: the numbers in float32 first. */
  words: number;
  /** Numbers before the values, a scale and maybe a minimum: float16 in files, float32 here. */
  numbers: 1 | 2;
  /** Bytes of a block in files. */
  fileBytes: number;
  /** Expressions of `at`, the place of four values in a line: the word they are in, and, of such a word, the four values. */
  word: string;
  values: (word: string) => string;
}

/** Values of a block. */
export const BLOCK_VALUES = 32;

/** Four bits each: of a word the low halves of its bytes, or the high ones. */
const nibbles = (word: string): string =>
  `vec4<f32>((vec4<u32>(${word} >> (at % 32u / 16u * 4u)) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(15u))`;

/** To add a type: how ggml lays it out stands in core/formats/tensor-types.ts. */
const BLOCK_TYPES = {
  q4_0: {
    words: 5,
    numbers: 1,
    fileBytes: 18,
    word: '1u + at % 16u / 4u',
    values: (word) => `${nibbles(word)} - 8.0`,
  },
  q4_1: { words: 6, numbers: 2, fileBytes: 20, word: '2u + at % 16u / 4u', values: nibbles },
  q8_0: {
    words: 9,
    numbers: 1,
    fileBytes: 34,
    word: '1u + at % 32u / 4u',
    // Shifted up and down again, a byte's sign becomes the number's.
    values: (word) => `vec4<f32>((vec4<i32>(bitcast<i32>(${word})) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u))`,
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
  const { words, numbers, fileBytes } = BLOCK_TYPES[type];
  const blocks = lineLength / BLOCK_VALUES;
  const packed = new Int32Array(blocks * words * lines);
  const own = new Int32Array(words);
  const ownBytes = new Uint8Array(own.buffer);
  const floats = new Float32Array(own.buffer, 0, numbers);
  const halves = new Uint16Array(numbers);
  for (let line = 0, from = 0; line < lines; line++) {
    for (let block = 0; block < blocks; block++, from += fileBytes) {
      for (let i = 0; i < numbers; i++) halves[i] = (bytes[from + 2 * i] ?? 0) | ((bytes[from + 2 * i + 1] ?? 0) << 8);
      halfToFloatInto(halves, floats);
      ownBytes.set(bytes.subarray(from + 2 * numbers, from + fileBytes), 4 * numbers);
      for (let word = 0; word < words; word++) packed[(block * words + word) * lines + line] = own[word] ?? 0;
    }
  }
  return packed;
}

/**
 * `name(line, at)`: the square of values `at` to `at` + 3 of the lines `line` to `line` + 3, a column for each line; 0 for
 * what is not there. `read` gives the four words (vec4<u32>) at a place of the buffer; `lines` and `width` are
 * expressions. `parameters` of the function come before its own, for these to use.
 */
export function squareOfBlocks(
  name: string,
  type: BlockTypeId,
  {
    read,
    lines,
    width,
    parameters = '',
  }: Record<'lines' | 'width', string> & {
    read: (at: string) => string;
    parameters?: string;
  },
): string {
  const { words, word, values, numbers } = BLOCK_TYPES[type];
  const columns = ['x', 'y', 'z', 'w'].map(
    (line) => `(${values(`word.${line}`)}) * scales.${line}${numbers > 1 ? ` + vec4<f32>(minima.${line})` : ''}`,
  );
  return `
fn ${name}(${parameters}line: u32, at: u32) -> mat4x4<f32> {
  let lines = ${lines};
  if (line >= lines || at >= ${width}) { return mat4x4<f32>(); }
  let first = at / ${BLOCK_VALUES}u * ${words}u * (lines / 4u) + line / 4u;
  let scales = bitcast<vec4<f32>>(${read('first')});
  ${numbers > 1 ? `let minima = bitcast<vec4<f32>>(${read('first + lines / 4u')});` : ''}
  let word = ${read(`first + (${word}) * (lines / 4u)`)};
  return mat4x4<f32>(
    ${columns.join(',\n    ')});
}`;
}

/** `name(line, at)`: the four values `at` to `at` + 3 of one line. `buffer` is an array<u32>. */
export function fourOfBlocks(
  name: string,
  type: BlockTypeId,
  { buffer, lines }: { buffer: string; lines: string },
): string {
  const { words, word, values, numbers } = BLOCK_TYPES[type];
  return `
fn ${name}(line: u32, at: u32) -> vec4<f32> {
  let lines = ${lines};
  let first = at / ${BLOCK_VALUES}u * ${words}u * lines + line;
  let scale = bitcast<f32>(${buffer}[first]);
  let word = ${buffer}[first + (${word}) * lines];
  return (${values('word')}) * scale${numbers > 1 ? ` + vec4<f32>(bitcast<f32>(${buffer}[first + lines]))` : ''};
}`;
}
