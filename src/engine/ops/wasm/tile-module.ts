/**
 * The one loop of ours in WebAssembly, written here instruction by instruction, since a compiler to make it with would
 * be the only reason to have one: C += A·B for tiles of 4 × 8 values, eight SIMD accumulators that never leave their
 * registers. As C:
 *
 *   void tiles(float *a, float *b, float *c, int rowBytes, int inner, int count)
 *   do {                                     // one tile below the other
 *     load acc[4][8] from c
 *     for (p = b; p < b + 8 * inner; p += 8, a += 4)
 *       for (i = 0; i < 4; i++) for (j = 0; j < 8; j++) acc[i][j] += a[i] * p[j];
 *     store acc to c; c += 4 rows
 *   } while (--count);
 *
 * `a` holds tiles of [inner][4] one behind the other, `b` is [inner][8]: packed by `product.ts`. Sums run in the order
 * of `inner`, so that blocks of it change no bit. Encoding: https://webassembly.github.io/spec/core/binary/.
 */

export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;

/** The module's only export. Addresses and strides in bytes. */
export type Tiles = (a: number, b: number, c: number, rowBytes: number, inner: number, count: number) => void;

const I32 = 0x7f;
const V128 = 0x7b;
const VECTORS = TILE_COLUMNS / 4;

// Locals: the six parameters, then two numbers, then the vectors.
const [A, B, C, ROW_BYTES, INNER, COUNT, AT, END] = [0, 1, 2, 3, 4, 5, 6, 7];
const FIRST_VECTOR = 8;
const SPLAT = FIRST_VECTOR;
const column = (j: number): number => FIRST_VECTOR + 1 + j;
const sum = (i: number, j: number): number => FIRST_VECTOR + 1 + VECTORS + i * VECTORS + j;
const VECTOR_LOCALS = 1 + VECTORS + TILE_ROWS * VECTORS;

/** Compiles the loop for a memory. */
export function tileModule(memory: WebAssembly.Memory): Tiles {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { e: { m: memory } });
  const { t } = instance.exports;
  if (!isTiles(t)) throw new TypeError('The module has no function.');
  return t;
}

function isTiles(value: unknown): value is Tiles {
  return typeof value === 'function';
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const name = (text: string): number[] => [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
  const section = (id: number, ...content: number[]): number[] => [id, ...unsigned(content.length), ...content];
  const locals = [2, ...unsigned(END - COUNT), I32, ...unsigned(VECTOR_LOCALS), V128];
  const body = [...locals, ...tilesCode(), 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, 1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0), // one type: six numbers, no result
    ...section(2, 1, ...name('e'), ...name('m'), 0x02, 0x00, 0), // the memory, of any size
    ...section(3, 1, 0), // one function of that type
    ...section(7, 1, ...name('t'), 0x00, 0), // exported
    ...section(10, 1, ...unsigned(body.length), ...body),
  ]);
}

function tilesCode(): number[] {
  const everySum = (make: (i: number, j: number) => number[]): number[] =>
    range(TILE_ROWS).flatMap((i) => range(VECTORS).flatMap((j) => make(i, j)));
  const rowAddress = (i: number): number[] => [...get(C), ...get(ROW_BYTES), ...constant(i), MULTIPLY, ADD];
  return loop(
    ...everySum((i, j) => [...rowAddress(i), ...load(16 * j), ...set(sum(i, j))]),
    ...[...get(B), ...set(AT)],
    ...[...get(B), ...get(INNER), ...constant(4 * TILE_COLUMNS), MULTIPLY, ADD, ...set(END)],
    ...loop(
      ...range(VECTORS).flatMap((j) => [...get(AT), ...load(16 * j), ...set(column(j))]),
      ...range(TILE_ROWS).flatMap((i) => [
        ...[...get(A), ...loadSplat(4 * i), ...set(SPLAT)],
        ...range(VECTORS).flatMap((j) => {
          return [...get(sum(i, j)), ...get(SPLAT), ...get(column(j)), ...F32X4_MUL, ...F32X4_ADD, ...set(sum(i, j))];
        }),
      ]),
      ...[...get(A), ...constant(4 * TILE_ROWS), ADD, ...set(A)],
      ...[...get(AT), ...constant(4 * TILE_COLUMNS), ADD, ...tee(AT), ...get(END), LESS_UNSIGNED],
    ),
    ...everySum((i, j) => [...rowAddress(i), ...get(sum(i, j)), ...store(16 * j)]),
    ...[...rowAddress(TILE_ROWS), ...set(C)],
    ...[...get(COUNT), ...constant(1), SUBTRACT, ...tee(COUNT)],
  );
}

const ADD = 0x6a;
const SUBTRACT = 0x6b;
const MULTIPLY = 0x6c;
const LESS_UNSIGNED = 0x49;
const SIMD = 0xfd;
const F32X4_ADD = [SIMD, ...unsigned(0xe4)];
const F32X4_MUL = [SIMD, ...unsigned(0xe6)];

const get = (local: number): number[] => [0x20, ...unsigned(local)];
const set = (local: number): number[] => [0x21, ...unsigned(local)];
const tee = (local: number): number[] => [0x22, ...unsigned(local)];
const constant = (value: number): number[] => [0x41, ...signed(value)];
// The number after the opcode: what the address is a multiple of, as a power of two.
const load = (offset: number): number[] => [SIMD, 0x00, 2, ...unsigned(offset)];
const loadSplat = (offset: number): number[] => [SIMD, 0x09, 2, ...unsigned(offset)];
const store = (offset: number): number[] => [SIMD, 0x0b, 2, ...unsigned(offset)];
/** Again while what the body leaves on the stack is not 0. */
const loop = (...body: number[]): number[] => [0x03, 0x40, ...body, 0x0d, 0, 0x0b];

/** LEB128 */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Small and not negative; bit 6 of the last byte is the sign. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
