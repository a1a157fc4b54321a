/** The loop of products with a product and its sum in one instruction, and in two: browsers have the one or the other. */
import { expect, test } from 'vitest';
import { allowRelaxedSimd } from '../../../../scripts/relaxed-simd.mjs';
import { createRandom } from '../../../../src/core/random';
import { canMultiplyAdd } from '../../../../src/engine/ops/wasm/assembler';
import { TILE_COLUMNS, TILE_ROWS, tileModule } from '../../../../src/engine/ops/wasm/tile-module';

/** c += a·b for two tiles one below the other, `inner` values deep; c begins as ones. */
function multiplied(a: readonly number[], b: readonly number[], inner: number, fused?: boolean): number[] {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const heap = new Float32Array(memory.buffer);
  const [atA, atB, atC] = [0, 2 * TILE_ROWS * inner, 2 * TILE_ROWS * inner + TILE_COLUMNS * inner];
  heap.set(a, atA);
  heap.set(b, atB);
  heap.fill(1, atC, atC + 2 * TILE_ROWS * TILE_COLUMNS);
  tileModule(memory, fused).multiply(4 * atA, 4 * atB, 4 * atC, 4 * TILE_COLUMNS, inner, 2);
  return [...heap.slice(atC, atC + 2 * TILE_ROWS * TILE_COLUMNS)];
}

const random = createRandom(3);
const INNER = 37;
const A = Array.from({ length: 2 * TILE_ROWS * INNER }, () => Math.fround(random() - 0.5));
const B = Array.from({ length: TILE_COLUMNS * INNER }, () => Math.fround(random() - 0.5));

/** In float64. */
function expected(row: number, column: number): number {
  const [tile, line] = [Math.floor(row / TILE_ROWS), row % TILE_ROWS];
  let sum = 1;
  for (let k = 0; k < INNER; k++) {
    sum += (A[(tile * INNER + k) * TILE_ROWS + line] ?? NaN) * (B[k * TILE_COLUMNS + column] ?? NaN);
  }
  return sum;
}

test('both loops give the sums, and the one in one instruction rounds a product never', () => {
  // Before the flag is set, the other way is what an old engine takes.
  expect(multiplied(A, B, INNER, false)).toHaveLength(2 * TILE_ROWS * TILE_COLUMNS);
  allowRelaxedSimd();
  expect(canMultiplyAdd()).toBe(true);
  for (const fused of [false, true]) {
    multiplied(A, B, INNER, fused).forEach((value, i) => {
      const [row, column] = [Math.floor(i / TILE_COLUMNS), i % TILE_COLUMNS];
      expect(Math.abs(value - expected(row, column))).toBeLessThan(2e-6);
    });
  }
  // (1 + 2⁻¹²)² = 1 + 2⁻¹¹ + 2⁻²⁴, of which a float32 has no last part; 1 − 2 + that has.
  const near = Math.fround(1 + 2 ** -12);
  const twice = (fused?: boolean) => {
    const a = Array.from({ length: 4 * TILE_ROWS }, (_, i) => (i % (2 * TILE_ROWS) < TILE_ROWS ? -2 : near));
    const b = Array.from({ length: 2 * TILE_COLUMNS }, (_, i) => (i < TILE_COLUMNS ? 1 : near));
    return new Set(multiplied(a, b, 2, fused));
  };
  expect(twice(false)).toEqual(new Set([2 ** -11]));
  expect(twice(true)).toEqual(new Set([2 ** -11 + 2 ** -24]));
  // What is there is taken without being asked for.
  expect(twice()).toEqual(twice(true));
});
