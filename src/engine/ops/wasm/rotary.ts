/** Rotary position embedding for WebAssembly, row by row over the memory of the backend. See ops/rotary.ts. */
import type { RotarySizes } from '../rotary-sizes';

type Parts = readonly [query: Float32Array, key: Float32Array, value: Float32Array];

/** out: [rows, query | key | value] */
export function turnInto([query, key, value]: Parts, table: Float32Array, sizes: RotarySizes, out: Float32Array): void {
  const { rows, queryWidth, keyWidth } = sizes;
  const width = queryWidth + 2 * keyWidth;
  for (let row = 0; row < rows; row++) {
    const to = row * width;
    turnHeads(query, row * queryWidth, out, to, queryWidth, table, row, sizes, 1);
    turnHeads(key, row * keyWidth, out, to + queryWidth, keyWidth, table, row, sizes, 1);
    out.set(value.subarray(row * keyWidth, (row + 1) * keyWidth), to + queryWidth + keyWidth);
  }
}

/** The way back. */
export function turnBackInto(dy: Float32Array, table: Float32Array, sizes: RotarySizes, parts: Parts): void {
  const { rows, queryWidth, keyWidth } = sizes;
  const width = queryWidth + 2 * keyWidth;
  const [query, key, value] = parts;
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    turnHeads(dy, from, query, row * queryWidth, queryWidth, table, row, sizes, -1);
    turnHeads(dy, from + queryWidth, key, row * keyWidth, keyWidth, table, row, sizes, -1);
    value.set(dy.subarray(from + queryWidth + keyWidth, from + width), row * keyWidth);
  }
}

/** The heads of one row, `width` numbers. */
function turnHeads(
  from: Float32Array,
  fromAt: number,
  to: Float32Array,
  toAt: number,
  width: number,
  table: Float32Array,
  row: number,
  { headSize, positions }: RotarySizes,
  sign: 1 | -1,
): void {
  const half = headSize / 2;
  const angles = (row % positions) * headSize;
  for (let head = 0; head < width; head += headSize) {
    for (let i = 0; i < half; i++) {
      const [cos, sin] = [table[angles + i] ?? 0, sign * (table[angles + half + i] ?? 0)];
      const [a, b] = [from[fromAt + head + i] ?? 0, from[fromAt + head + half + i] ?? 0];
      to[toAt + head + i] = a * cos - b * sin;
      to[toAt + head + half + i] = b * cos + a * sin;
    }
  }
}
