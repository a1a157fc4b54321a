/**
 * The loops of ours in WebAssembly, written here instruction by instruction, since a compiler to make them with would
 * be needed for nothing else. Encoding: https://webassembly.github.io/spec/core/binary/. As C:
 *
 *   void multiply(float *a, float *b, float *c, int rowBytes, int inner, int count)
 *   do {                                     // tiles of 4 × 8, one below the other
 *     load acc[4][8] from c                  // eight SIMD registers that stay so
 *     for (p = b; p < b + 8 * inner; p += 8, a += 4)
 *       for (i = 0; i < 4; i++) for (j = 0; j < 8; j++) acc[i][j] += a[i] * p[j];
 *     store acc to c; c += 4 rows
 *   } while (--count);
 *
 *   void copy(from, fromBytes, to, toBytes, count)   // four values of one line each: to[k][0..3] = from[k][0..3]
 *   void turn(from, fromBytes, to, toBytes, count)   // the same with from transposed: to[k][0..3] = from[0..3][k],
 *                                                    // four k at a time, `count` such fours
 *
 * `a` holds tiles of [inner][4] one behind the other, `b` is [inner][8]: packed by `product.ts`. Sums run in the order
 * of `inner`, so that blocks of it change no bit.
 */
import { AppError } from '../../../core/errors';

export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;
/** Values that `copy` and `turn` move at once. */
export const LANES = 4;

type Loop = (p0: number, p1: number, p2: number, p3: number, p4: number, p5: number) => void;

/** Addresses and strides in bytes. `copy` and `turn` take no notice of their last number. */
export interface TileLoops {
  multiply: Loop;
  copy: Loop;
  turn: Loop;
}

/** Compiles the loops for a memory. */
export function tileModule(memory: WebAssembly.Memory): TileLoops {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { e: { m: memory } });
  const loopOf = (name: string): Loop => {
    const found = exports[name];
    if (!isLoop(found)) throw new AppError('internal', `The module has no «${name}».`);
    return found;
  };
  return { multiply: loopOf('m'), copy: loopOf('c'), turn: loopOf('t') };
}

function isLoop(value: unknown): value is Loop {
  return typeof value === 'function';
}

const I32 = 0x7f;
const V128 = 0x7b;
const PARAMETERS = 6;

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const name = (text: string): number[] => [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
  const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
  const numbers = range(PARAMETERS).map(() => I32);
  const loops = [multiplyLoop(), copyLoop(), turnLoop()];
  const bodies = loops.flatMap(({ numbers, vectors, code }) => {
    const body = [2, ...unsigned(numbers), I32, ...unsigned(vectors), V128, ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, PARAMETERS, ...numbers, 0]), // one type: six numbers, no result
    ...section(2, [1, ...name('e'), ...name('m'), 0x02, 0x00, 0]), // the memory, of any size
    ...section(3, [3, 0, 0, 0]), // three functions of that type
    ...section(7, [3, ...['m', 'c', 't'].flatMap((letter, i) => [...name(letter), 0x00, i])]), // exported
    ...section(10, [3, ...bodies]),
  ]);
}

/** A function: how many numbers and vectors it has beside its parameters, and its instructions. */
interface Code {
  numbers: number;
  vectors: number;
  code: number[];
}

function multiplyLoop(): Code {
  const vectors = TILE_COLUMNS / LANES;
  const [a, b, c, rowBytes, inner, count, at, end, splat] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const column = (j: number): number => splat + 1 + j;
  const sum = (i: number, j: number): number => column(vectors) + i * vectors + j;
  const everySum = (make: (i: number, j: number) => number[]): number[] =>
    range(TILE_ROWS).flatMap((i) => range(vectors).flatMap((j) => make(i, j)));
  const rowAddress = (i: number): number[] => [...get(c), ...get(rowBytes), ...constant(i), MULTIPLY, ADD];
  const code = loop(
    everySum((i, j) => [...rowAddress(i), ...load(16 * j), ...set(sum(i, j))]),
    [...get(b), ...set(at)],
    [...get(b), ...get(inner), ...constant(4 * TILE_COLUMNS), MULTIPLY, ADD, ...set(end)],
    loop(
      range(vectors).flatMap((j) => [...get(at), ...load(16 * j), ...set(column(j))]),
      range(TILE_ROWS).flatMap((i) => [
        ...[...get(a), ...loadSplat(4 * i), ...set(splat)],
        ...range(vectors).flatMap((j) => {
          return [...get(sum(i, j)), ...get(splat), ...get(column(j)), ...F32X4_MUL, ...F32X4_ADD, ...set(sum(i, j))];
        }),
      ]),
      step(a, constant(4 * TILE_ROWS)),
      [...get(at), ...constant(4 * TILE_COLUMNS), ADD, ...tee(at), ...get(end), LESS_UNSIGNED],
    ),
    everySum((i, j) => [...rowAddress(i), ...get(sum(i, j)), ...store(16 * j)]),
    [...rowAddress(TILE_ROWS), ...set(c)],
    countDown(count),
  );
  return { numbers: 2, vectors: 1 + vectors + TILE_ROWS * vectors, code };
}

function copyLoop(): Code {
  const [from, fromBytes, to, toBytes, count] = [0, 1, 2, 3, 4];
  const code = loop(
    [...get(to), ...get(from), ...load(0), ...store(0)],
    step(from, get(fromBytes)),
    step(to, get(toBytes)),
    countDown(count),
  );
  return { numbers: 0, vectors: 0, code };
}

function turnLoop(): Code {
  const [from, fromBytes, to, toBytes, count] = [0, 1, 2, 3, 4];
  const line = (i: number): number => PARAMETERS + i;
  const pair = (i: number): number => PARAMETERS + LANES + i;
  const at = (base: number, stride: number, i: number): number[] => {
    return [...get(base), ...get(stride), ...constant(i), MULTIPLY, ADD];
  };
  const shuffled = (a: number, b: number, lanes: number[]): number[] => [...get(a), ...get(b), ...shuffle(lanes)];
  const [low, high] = [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ];
  const [first, second] = [
    [0, 1, 4, 5],
    [2, 3, 6, 7],
  ];
  const stored = (k: number, a: number, b: number, lanes: number[]): number[] => {
    return [...at(to, toBytes, k), ...shuffled(pair(a), pair(b), lanes), ...store(0)];
  };
  const code = loop(
    range(LANES).flatMap((i) => [...at(from, fromBytes, i), ...load(0), ...set(line(i))]),
    [...shuffled(line(0), line(1), low), ...set(pair(0))],
    [...shuffled(line(0), line(1), high), ...set(pair(1))],
    [...shuffled(line(2), line(3), low), ...set(pair(2))],
    [...shuffled(line(2), line(3), high), ...set(pair(3))],
    [...stored(0, 0, 2, first), ...stored(1, 0, 2, second), ...stored(2, 1, 3, first), ...stored(3, 1, 3, second)],
    step(from, constant(16)),
    [...at(to, toBytes, LANES), ...set(to)],
    countDown(count),
  );
  return { numbers: 0, vectors: 2 * LANES, code };
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
/** Four values of two vectors, numbered 0 to 7. */
const shuffle = (lanes: number[]): number[] => [
  SIMD,
  0x0d,
  ...lanes.flatMap((lane) => range(4).map((byte) => 4 * lane + byte)),
];
const step = (local: number, by: number[]): number[] => [...get(local), ...by, ADD, ...set(local)];
/** Leaves on the stack how often there is still to go. */
const countDown = (local: number): number[] => [...get(local), ...constant(1), SUBTRACT, ...tee(local)];
/** Again while what the body leaves on the stack is not 0. */
const loop = (...body: number[][]): number[] => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b];

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
