/**
 * Products of matrices of any strides for WebAssembly: a side that is transposed is one whose strides are swapped, and
 * costs nothing more. Blocks of both sides are packed in the order that the loop of `tile-module.ts` reads them in.
 *
 * Why not XNNPACK, which tfjs has: it packs the right side at 6 to 13 ns a value (a third of a weight's gradient), needs
 * explicit transposes, and its loop does 29 GFLOP/s where this one does 54, and 44 without relaxed SIMD (V8, one core of an EPYC 9004).
 * Sums run over the inner dimension in its order, whatever the size: the same bits on any number of threads.
 * A right side that stays in blocks is unpacked piece by piece on its way there: some 0.3 ns a value.
 */
import { BLOCK_BYTES, type Bits, type BlockLoops } from './block-module';
import { LANES, TILE_COLUMNS, TILE_ROWS, tileModule } from './tile-module';

/** Where a matrix lies: an index into the heap's float32 values, and the steps from row to row and column to column. */
export interface Place {
  at: number;
  row: number;
  column: number;
}

/** A right side in blocks: from which byte on, and which way its lines run. */
export interface BlockPlace {
  bits: Bits;
  byte: number;
  /** Blocks of a line. */
  perLine: number;
  linesAre: 'columns' | 'inner';
}

export interface ProductSize {
  rows: number;
  inner: number;
  columns: number;
}

/** c = a·b, or c += a·b where it `adds`: [rows, inner] · [inner, columns]. c is row-major with `row` as its stride. */
export type Product = (a: Place, b: Place | BlockPlace, c: Place, size: ProductSize, adds: boolean) => void;

/** Values of a block: its panel of the right side (16 KiB) fits the first-level cache, its left side (256 KiB) the second. */
const MOST_INNER = 512;
const MOST_ROWS = 128;
const MOST_COLUMNS = 2048;
/** Of a side in blocks so many columns are unpacked at once: whole blocks and tiles, and with the inner values in the cache. */
const UNPACKED_COLUMNS = 64;

/** `values` gives the heap as it is now: an allocation replaces it. */
export function createProduct(
  memory: WebAssembly.Memory,
  allocate: (floats: number) => number,
  values: () => Float32Array,
  { unpackFour, unpackEight }: Pick<BlockLoops, 'unpackFour' | 'unpackEight'>,
): Product {
  const { multiply, copy, turn } = tileModule(memory);
  const packedA = allocate(MOST_ROWS * MOST_INNER);
  const packedB = allocate(MOST_COLUMNS * MOST_INNER);
  const edge = allocate(MOST_ROWS * TILE_COLUMNS);
  const unpacked = allocate(UNPACKED_COLUMNS * MOST_INNER);

  return (a, b, c, { rows, inner, columns }, adds) => {
    const heap = values();
    if (!adds) for (let i = 0; i < rows; i++) heap.fill(0, c.at + i * c.row, c.at + i * c.row + columns);
    for (let column = 0; column < columns; column += MOST_COLUMNS) {
      const width = Math.min(MOST_COLUMNS, columns - column);
      for (let k = 0; k < inner; k += MOST_INNER) {
        const depth = Math.min(MOST_INNER, inner - k);
        if ('byte' in b) packBlocks(heap, b, column, k, width, depth);
        else {
          const from = { at: b.at + k * b.row + column * b.column, across: b.column, along: b.row };
          pack(heap, from, packedB, width, depth, TILE_COLUMNS);
        }
        for (let row = 0; row < rows; row += MOST_ROWS) {
          const height = Math.min(MOST_ROWS, rows - row);
          pack(
            heap,
            { at: a.at + row * a.row + k * a.column, across: a.row, along: a.column },
            packedA,
            height,
            depth,
            TILE_ROWS,
          );
          multiplyBlock(heap, { at: c.at + row * c.row + column, row: c.row }, height, width, depth);
        }
      }
    }
  };

  /** Columns from `column` on and inner values from `k` on, both the first of a block where lines run that way. */
  function packBlocks(
    heap: Float32Array,
    { bits, byte, perLine, linesAre }: BlockPlace,
    column: number,
    k: number,
    width: number,
    depth: number,
  ): void {
    const unpack = bits === 'four' ? unpackFour : unpackEight;
    const blockOf = (line: number, value: number) => byte + (line * perLine + value / 32) * BLOCK_BYTES[bits];
    for (let j = 0; j < width; j += UNPACKED_COLUMNS) {
      const own = Math.min(UNPACKED_COLUMNS, width - j);
      const [lines, length] = linesAre === 'columns' ? [own, depth] : [depth, own];
      for (let line = 0; line < lines; line++) {
        const block = linesAre === 'columns' ? blockOf(column + j + line, k) : blockOf(k + line, column + j);
        unpack(block, 4 * (unpacked + line * length), length / 32, 0, 0, 0);
      }
      const [across, along] = linesAre === 'columns' ? [length, 1] : [1, length];
      pack(heap, { at: unpacked, across, along }, packedB + j * depth, own, depth, TILE_COLUMNS);
    }
  }

  /** c += the packed sides. What sticks out of whole tiles is computed aside. */
  function multiplyBlock(
    heap: Float32Array,
    c: { at: number; row: number },
    height: number,
    width: number,
    depth: number,
  ) {
    const whole = Math.floor(height / TILE_ROWS);
    const ragged = height % TILE_ROWS;
    for (let j = 0; j < width; j += TILE_COLUMNS) {
      const panel = 4 * (packedB + j * depth);
      const columns = Math.min(TILE_COLUMNS, width - j);
      const at = c.at + j;
      const direct = columns === TILE_COLUMNS ? whole : 0;
      if (direct > 0) multiply(4 * packedA, panel, 4 * at, 4 * c.row, depth, direct);
      if (direct === whole && ragged === 0) continue;
      const first = direct * TILE_ROWS;
      for (let i = first; i < height; i++) {
        const start = at + i * c.row;
        heap.copyWithin(edge + (i - first) * TILE_COLUMNS, start, start + columns);
      }
      const count = Math.ceil((height - first) / TILE_ROWS);
      multiply(4 * (packedA + first * depth), panel, 4 * edge, 4 * TILE_COLUMNS, depth, count);
      for (let i = first; i < height; i++) {
        const start = edge + (i - first) * TILE_COLUMNS;
        heap.copyWithin(at + i * c.row, start, start + columns);
      }
    }
  }

  /**
   * Lays `count` lines of `depth` values side by side, `tile` of them at a time: to[(line / tile), k, line % tile].
   * Lines that are missing in the last tile become 0. `across` is the step from line to line, `along` within one; one
   * of them is 1.
   */
  function pack(
    heap: Float32Array,
    { at, across, along }: { at: number; across: number; along: number },
    to: number,
    count: number,
    depth: number,
    tile: number,
  ): void {
    const fours = along === 1 ? Math.floor(depth / LANES) : depth;
    const done = across === 1 ? depth : fours * LANES;
    for (let line = 0; line < count; line += LANES) {
      const from = at + line * across;
      const target = to + (line - (line % tile)) * depth + (line % tile);
      const lines = Math.min(LANES, count - line);
      if (line % tile === 0 && count - line < tile) heap.fill(0, target, target + tile * depth);
      const whole = lines === LANES && (across === 1 || along === 1);
      if (whole && across === 1) copy(4 * from, 4 * along, 4 * target, 4 * tile, depth, 0);
      else if (whole && fours > 0) turn(4 * from, 4 * across, 4 * target, 4 * tile, fours, 0);
      for (let k = whole ? done : 0; k < depth; k++) {
        for (let j = 0; j < lines; j++) heap[target + k * tile + j] = heap[from + k * along + j * across] ?? 0;
      }
    }
  }
}
