/**
 * Matrices that stay in blocks in the memory of WebAssembly: products that unpack them on the way, sums of a few rows
 * straight from the blocks, and single lines.
 * Their layout stands in block-words.ts.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { WasmMemory } from '../../device/wasm-memory';
import { BLOCK_VALUES } from '../../kernels/packed-blocks';
import { matrixShape } from '../differentiable';
import type { PackedMatrix } from '../packed-matrix';
import { BLOCK_BYTES, type BlockLoops, INPUT_BYTES } from './block-module';
import { BITS } from './block-words';
import type { BlockPlace, Place, Product } from './product';

/** Up to so many rows are quicker summed straight from the blocks than through tiles. */
const FEW_ROWS = 4;

export interface PackedHeap {
  /** out (+)= a·matrix, or a·matrixᵀ; out: [rows, columns] as a place. */
  multiply(a: tf.Tensor, matrix: PackedMatrix, out: tf.Tensor, options: { transposeB: boolean; adds: boolean }): void;
  /** Lines by their numbers: [numbers, line length]. */
  unpackLines(matrix: PackedMatrix, lines: Int32Array): tf.Tensor;
}

/** The ways of one memory. */
export function packedHeap(
  { make, indexOf, values, allocate }: WasmMemory,
  multiply: Product,
  { dotsFour, dotsEight, unpackFour, unpackEight }: BlockLoops,
): PackedHeap {
  const inputs = createInputs(allocate, values);
  let sums: { at: number; floats: number } = { at: 0, floats: 0 };

  /** A few rows: out (+)= each row against every line. */
  const sumLines = (a: Place, rows: number, place: BlockPlace, lines: number, out: Place, adds: boolean): void => {
    const dots = place.bits === 'four' ? dotsFour : dotsEight;
    if (adds && sums.floats < lines) sums = { at: allocate(lines), floats: lines };
    for (let row = 0; row < rows; row++) {
      const x = inputs.round(a.at + row * a.row, place.perLine);
      const to = out.at + row * out.row;
      dots(place.byte, x, 4 * (adds ? sums.at : to), place.perLine, lines, 0);
      if (!adds) continue;
      const heap = values();
      for (let i = 0; i < lines; i++) heap[to + i] = (heap[to + i] ?? 0) + (heap[sums.at + i] ?? 0);
    }
  };

  return {
    multiply(a, { type, shape, words }, out, { transposeB, adds }) {
      const [lineLength, lines] = shape;
      const [rows, inner] = matrixShape(a);
      const columns = transposeB ? lineLength : lines;
      const place: BlockPlace = {
        bits: BITS[type],
        byte: 4 * indexOf(words),
        perLine: lineLength / BLOCK_VALUES,
        linesAre: transposeB ? 'inner' : 'columns',
      };
      const [from, to] = [
        { at: indexOf(a), row: inner, column: 1 },
        { at: indexOf(out), row: columns, column: 1 },
      ];
      if (!transposeB && rows <= FEW_ROWS) sumLines(from, rows, place, lines, to, adds);
      else multiply(from, place, to, { rows, inner, columns }, adds);
    },
    unpackLines({ type, shape, words }, lines) {
      const [lineLength] = shape;
      const perLine = lineLength / BLOCK_VALUES;
      const bits = BITS[type];
      const out = make([lines.length, lineLength]);
      const [from, to] = [4 * indexOf(words), 4 * indexOf(out)];
      const unpack = bits === 'four' ? unpackFour : unpackEight;
      lines.forEach((line, i) => {
        unpack(from + line * perLine * BLOCK_BYTES[bits], to + 4 * i * lineLength, perLine, 0, 0, 0);
      });
      return out;
    },
  };
}

/** Rows rounded to 16 bits, in blocks of 32 as the other side: a step is 1/65,534 of the largest value of its block. */
function createInputs(allocate: WasmMemory['allocate'], values: WasmMemory['values']) {
  let [at, blocks] = [0, 0];
  return {
    /** Where the row's blocks begin, in bytes; they stay until the next row comes. */
    round(from: number, count: number): number {
      if (count > blocks) {
        at = allocate((count * INPUT_BYTES) / 4);
        blocks = count;
      }
      const heap = values();
      const whole = new Int16Array(heap.buffer);
      for (let block = 0; block < count; block++) {
        const [start, to] = [from + block * BLOCK_VALUES, at + (block * INPUT_BYTES) / 4];
        let [most, sum] = [0, 0];
        for (let i = start; i < start + BLOCK_VALUES; i++) {
          const x = heap[i] ?? NaN;
          most = Math.max(most, Math.abs(x));
          sum += x;
        }
        const factor = most > 0 ? 32767 / most : 0;
        for (let i = 0; i < BLOCK_VALUES; i++) whole[2 * to + i] = Math.round((heap[start + i] ?? 0) * factor);
        heap[to + 16] = most / 32767;
        heap[to + 17] = sum / 4;
      }
      return 4 * at;
    },
  };
}
