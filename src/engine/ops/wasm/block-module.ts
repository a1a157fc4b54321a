/**
 * The loops over matrices that stay in blocks (packed-heap.ts has their layout), in WebAssembly (assembler.ts). As C, for
 * blocks of four bits, which have a scale d and a minimum m before their sixteen bytes:
 *
 *   void unpack(byte *blocks, float *to, int count)          // to[0..31] = d·q + m, block by block
 *   void dots(byte *blocks, byte *x, float *y, int perLine, int lines)
 *   for each line: y = Σ over its blocks of  d·scale·Σ q·x  +  m·Σ x
 *
 * and of eight bits the same without the minimum. `x` is rounded to 16 bits in blocks of its own (packed-heap.ts), so that
 * products are of whole numbers, exact: eight to an instruction. `floatDots` is Σ w·x of plain floats, four at a time.
 */
import {
  ADD,
  assemble,
  bytesOf,
  type Code,
  constant,
  countDown,
  F32_ADD,
  F32X4_ADD,
  F32X4_CONVERT,
  F32X4_MUL,
  get,
  I32X4_ADD,
  I32X4_DOT,
  I8X16_SHIFT_RIGHT,
  lane,
  LESS_UNSIGNED,
  load,
  loadSplat,
  loop,
  type Loop,
  PARAMETERS,
  range,
  set,
  step,
  store,
  storeFloat,
  tee,
  V128_AND,
  WIDEN_16,
  WIDEN_8,
} from './assembler';

/** Bytes of a block by its bits. */
export const BLOCK_BYTES = { four: 24, eight: 36 } as const;
/** Of a block of x: 32 numbers of 16 bits, their scale, and a quarter of their sum. */
export const INPUT_BYTES = 72;

export type Bits = keyof typeof BLOCK_BYTES;

export interface BlockLoops {
  unpackFour: Loop;
  unpackEight: Loop;
  dotsFour: Loop;
  dotsEight: Loop;
  floatDots: Loop;
}

/** Compiles the loops for a memory. */
export function blockModule(memory: WebAssembly.Memory): BlockLoops {
  return assemble(memory, {
    unpackFour: unpackLoop('four'),
    unpackEight: unpackLoop('eight'),
    dotsFour: dotsLoop('four'),
    dotsEight: dotsLoop('eight'),
    floatDots: floatDotsLoop(),
  });
}

const shiftRight = (local: number, bits: number): number[] => [...get(local), ...constant(bits), ...I8X16_SHIFT_RIGHT];

/** Leaves the block's values `8·i` to `8·i + 7` on the stack as numbers of 16 bits; `raw` are two vectors of its bytes. */
function eightValues(bits: Bits, raw: number, i: number): number[] {
  const half = i % 2 === 0 ? 0 : 1;
  return bits === 'four'
    ? [...get(raw + (i < 2 ? 0 : 1)), ...WIDEN_8.unsigned[half]]
    : [...get(raw + (i < 2 ? 0 : 1)), ...WIDEN_8.signed[half]];
}

/** Loads a block's bytes into the vectors `raw` and `raw + 1`: low and high halves, or the first and last sixteen. */
function loadValues(bits: Bits, blocks: number, raw: number): number[] {
  if (bits === 'eight') return [0, 1].flatMap((i) => [...get(blocks), ...load(4 + 16 * i), ...set(raw + i)]);
  return [
    ...[...get(blocks), ...load(8), ...set(raw + 1)],
    ...[...get(raw + 1), ...bytesOf(15), ...V128_AND, ...set(raw)],
    ...[...shiftRight(raw + 1, 4), ...set(raw + 1)],
  ];
}

function unpackLoop(bits: Bits): Code {
  const [blocks, to, count] = [0, 1, 2];
  const [scale, minimum, raw, eight] = [PARAMETERS, PARAMETERS + 1, PARAMETERS + 2, PARAMETERS + 4];
  const code = loop(
    [...get(blocks), ...loadSplat(0), ...set(scale)],
    bits === 'four' ? [...get(blocks), ...loadSplat(4), ...set(minimum)] : [],
    loadValues(bits, blocks, raw),
    range(4).flatMap((i) => [
      ...[...eightValues(bits, raw, i), ...set(eight)],
      ...[0, 1].flatMap((half) => [
        ...[...get(to), ...get(eight), ...(WIDEN_16[half] ?? []), ...F32X4_CONVERT, ...get(scale), ...F32X4_MUL],
        ...(bits === 'four' ? [...get(minimum), ...F32X4_ADD] : []),
        ...store(32 * i + 16 * half),
      ]),
    ]),
    step(blocks, constant(BLOCK_BYTES[bits])),
    step(to, constant(128)),
    countDown(count),
  );
  return { numbers: 0, vectors: 5, code };
}

function dotsLoop(bits: Bits): Code {
  const [blocks, x, y, perLine, lines] = [0, 1, 2, 3, 4];
  const [at, left] = [PARAMETERS, PARAMETERS + 1];
  const [sum, raw] = [PARAMETERS + 2, PARAMETERS + 3];
  const code = loop(
    [...bytesOf(0), ...set(sum)],
    [...get(x), ...set(at), ...get(perLine), ...set(left)],
    loop(
      loadValues(bits, blocks, raw),
      [...get(sum)],
      range(4).flatMap((i) => [
        ...[...eightValues(bits, raw, i), ...get(at), ...load(16 * i), ...I32X4_DOT],
        ...(i === 0 ? [] : I32X4_ADD),
      ]),
      [...F32X4_CONVERT, ...get(blocks), ...loadSplat(0), ...get(at), ...loadSplat(64), ...F32X4_MUL],
      [...F32X4_MUL, ...F32X4_ADD],
      bits === 'four'
        ? [...get(blocks), ...loadSplat(4), ...get(at), ...loadSplat(68), ...F32X4_MUL, ...F32X4_ADD]
        : [],
      set(sum),
      step(blocks, constant(BLOCK_BYTES[bits])),
      step(at, constant(INPUT_BYTES)),
      countDown(left),
    ),
    storeSum(y, sum),
    countDown(lines),
  );
  return { numbers: 2, vectors: 3, code };
}

/** y[line] = Σ w·x over `inner` values, a multiple of four, which are `lineBytes` from line to line. */
function floatDotsLoop(): Code {
  const [w, x, y, innerBytes, lines, lineBytes] = [0, 1, 2, 3, 4, 5];
  const [at, from, end] = [PARAMETERS, PARAMETERS + 1, PARAMETERS + 2];
  const sum = PARAMETERS + 3;
  const code = loop(
    [...bytesOf(0), ...set(sum)],
    [...get(w), ...set(from), ...get(x), ...set(at), ...get(x), ...get(innerBytes), ADD, ...set(end)],
    loop(
      [...get(sum), ...get(from), ...load(0), ...get(at), ...load(0), ...F32X4_MUL, ...F32X4_ADD, ...set(sum)],
      step(from, constant(16)),
      [...get(at), ...constant(16), ADD, ...tee(at), ...get(end), LESS_UNSIGNED],
    ),
    storeSum(y, sum),
    step(w, get(lineBytes)),
    countDown(lines),
  );
  return { numbers: 3, vectors: 1, code };
}

/** *y++ = the four parts of the sum, in one order. */
function storeSum(y: number, sum: number): number[] {
  const part = (i: number): number[] => [...get(sum), ...lane(i)];
  return [
    ...[...get(y), ...part(0), ...part(1), ...F32_ADD, ...part(2), ...F32_ADD, ...part(3), ...F32_ADD],
    ...storeFloat(0),
    ...step(y, constant(4)),
  ];
}
