/**
 * The loops of products in WebAssembly (assembler.ts). As C:
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
 * of `inner`, so that blocks of it change no bit. Where a product and its sum are one instruction they take a fifth less
 * on an EPYC, whose sums have ports of their own, and are rounded once: other bits than without, the same on one device.
 */
import {
  ADD,
  assemble,
  canMultiplyAdd,
  type Code,
  constant,
  countDown,
  F32X4_ADD,
  F32X4_MUL,
  F32X4_MULTIPLY_ADD,
  get,
  LESS_UNSIGNED,
  load,
  loadSplat,
  loop,
  type Loop,
  MULTIPLY,
  PARAMETERS,
  range,
  set,
  shuffle,
  step,
  store,
  tee,
} from './assembler';

export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;
/** Values that `copy` and `turn` move at once. */
export const LANES = 4;

/** Addresses and strides in bytes. `copy` and `turn` take no notice of their last number. */
export interface TileLoops {
  multiply: Loop;
  copy: Loop;
  turn: Loop;
}

/** Compiles the loops for a memory; `fused`: a product and its sum are one instruction. */
export function tileModule(memory: WebAssembly.Memory, fused = canMultiplyAdd()): TileLoops {
  return assemble(memory, { multiply: multiplyLoop(fused), copy: copyLoop(), turn: turnLoop() });
}

function multiplyLoop(fused: boolean): Code {
  const vectors = TILE_COLUMNS / LANES;
  const [a, b, c, rowBytes, inner, count, at, end, splat] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const column = (j: number): number => splat + 1 + j;
  const sum = (i: number, j: number): number => column(vectors) + i * vectors + j;
  const everySum = (make: (i: number, j: number) => number[]): number[] =>
    range(TILE_ROWS).flatMap((i) => range(vectors).flatMap((j) => make(i, j)));
  const added = (i: number, j: number): number[] => {
    const [total, factors] = [get(sum(i, j)), [...get(splat), ...get(column(j))]];
    return fused ? [...factors, ...total, ...F32X4_MULTIPLY_ADD] : [...total, ...factors, ...F32X4_MUL, ...F32X4_ADD];
  };
  const rowAddress = (i: number): number[] => [...get(c), ...get(rowBytes), ...constant(i), MULTIPLY, ADD];
  const code = loop(
    everySum((i, j) => [...rowAddress(i), ...load(16 * j), ...set(sum(i, j))]),
    [...get(b), ...set(at)],
    [...get(b), ...get(inner), ...constant(4 * TILE_COLUMNS), MULTIPLY, ADD, ...set(end)],
    loop(
      range(vectors).flatMap((j) => [...get(at), ...load(16 * j), ...set(column(j))]),
      range(TILE_ROWS).flatMap((i) => [
        ...[...get(a), ...loadSplat(4 * i), ...set(splat)],
        ...range(vectors).flatMap((j) => [...added(i, j), ...set(sum(i, j))]),
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
