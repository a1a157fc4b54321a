/**
 * WebAssembly written instruction by instruction, since a compiler for the few loops of ours would be needed for nothing
 * else. Encoding: https://webassembly.github.io/spec/core/binary/.
 */
import { AppError } from '../../../core/errors';

/** A function of six numbers, addresses and strides in bytes; which of them it takes notice of is its own. */
export type Loop = (p0: number, p1: number, p2: number, p3: number, p4: number, p5: number) => void;

const I32 = 0x7f;
const V128 = 0x7b;
export const PARAMETERS = 6;

/** A function: how many numbers and vectors it has beside its parameters, and its instructions. */
export interface Code {
  numbers: number;
  vectors: number;
  code: number[];
}

/** Compiles functions for a memory. */
export function assemble<Name extends string>(
  memory: WebAssembly.Memory,
  functions: Record<Name, Code>,
): Record<Name, Loop> {
  const named = Object.entries<Code>(functions);
  const module = new WebAssembly.Module(moduleBytes(named.map(([, code]) => code)));
  const { exports } = new WebAssembly.Instance(module, { e: { m: memory } });
  const loops: Partial<Record<string, Loop>> = {};
  named.forEach(([name], i) => (loops[name] = loopOf(exports[`f${i}`])));
  if (hasAll(loops, functions)) return loops;
  throw new AppError('internal', 'The module lacks a function.');
}

function hasAll<Name extends string>(
  loops: Partial<Record<string, Loop>>,
  functions: Record<Name, Code>,
): loops is Record<Name, Loop> {
  return Object.keys(functions).every((name) => loops[name] !== undefined);
}

function loopOf(value: unknown): Loop {
  if (isLoop(value)) return value;
  throw new AppError('internal', 'The module lacks a function.');
}

function isLoop(value: unknown): value is Loop {
  return typeof value === 'function';
}

function moduleBytes(functions: readonly Code[]): Uint8Array<ArrayBuffer> {
  const name = (text: string): number[] => [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
  const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
  const numbers = range(PARAMETERS).map(() => I32);
  const count = functions.length;
  const bodies = functions.flatMap(({ numbers, vectors, code }) => {
    const body = [2, ...unsigned(numbers), I32, ...unsigned(vectors), V128, ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, PARAMETERS, ...numbers, 0]), // one type: six numbers, no result
    ...section(2, [1, ...name('e'), ...name('m'), 0x02, 0x00, 0]), // the memory, of any size
    ...section(3, [count, ...range(count).map(() => 0)]), // functions of that type
    ...section(7, [count, ...range(count).flatMap((i) => [...name(`f${i}`), 0x00, i])]), // exported
    ...section(10, [count, ...bodies]),
  ]);
}

/** True where there are the relaxed SIMD instructions: in Chromium since 114, in others not yet. */
export function canMultiplyAdd(): boolean {
  const zeros = range(3).flatMap(() => floatsOf(0));
  return WebAssembly.validate(moduleBytes([{ numbers: 0, vectors: 0, code: [...zeros, ...F32X4_MULTIPLY_ADD, DROP] }]));
}

const DROP = 0x1a;
export const ADD = 0x6a;
const SUBTRACT = 0x6b;
export const MULTIPLY = 0x6c;
export const LESS_UNSIGNED = 0x49;
const SIMD = 0xfd;
export const F32X4_ADD = [SIMD, ...unsigned(0xe4)];
export const F32X4_MUL = [SIMD, ...unsigned(0xe6)];
/** a·b + c, rounded once where the processor can, and then in half the instructions; see `canMultiplyAdd`. */
export const F32X4_MULTIPLY_ADD = [SIMD, ...unsigned(0x105)];
export const F32X4_CONVERT = [SIMD, ...unsigned(0xfa)];
export const F32X4_SUB = [SIMD, ...unsigned(0xe5)];
export const F32X4_DIV = [SIMD, ...unsigned(0xe7)];
/** Of a number and one that is none it is none, as of `F32X4_MAX`. */
export const F32X4_MIN = [SIMD, ...unsigned(0xe8)];
export const F32X4_MAX = [SIMD, ...unsigned(0xe9)];
/** To the nearest whole number, and whole numbers as 32 bits. */
export const F32X4_NEAREST = [SIMD, ...unsigned(0x6a)];
export const F32X4_TRUNCATE = [SIMD, ...unsigned(0xf8)];
export const I32X4_SHIFT_LEFT = [SIMD, ...unsigned(0xab)];
export const I32X4_ADD = [SIMD, ...unsigned(0xae)];
/** Eight products of 16 bits, two by two. */
export const I32X4_DOT = [SIMD, ...unsigned(0xba)];
export const V128_AND = [SIMD, ...unsigned(0x4e)];
export const I8X16_SHIFT_RIGHT = [SIMD, ...unsigned(0x6d)];
/** Of sixteen 8-bit numbers the first or last eight, in 16 bits. */
export const WIDEN_8 = {
  signed: [
    [SIMD, ...unsigned(0x87)],
    [SIMD, ...unsigned(0x88)],
  ],
  unsigned: [
    [SIMD, ...unsigned(0x89)],
    [SIMD, ...unsigned(0x8a)],
  ],
} as const;
/** Of eight 16-bit numbers, with sign, the first or last four, in 32 bits. */
export const WIDEN_16 = [
  [SIMD, ...unsigned(0xa7)],
  [SIMD, ...unsigned(0xa8)],
] as const;
/** One of four floats. */
export const lane = (i: number): number[] => [SIMD, 0x1f, i];
/** The same byte sixteen times. */
export const bytesOf = (byte: number): number[] => [SIMD, 0x0c, ...range(16).map(() => byte)];
/** Four numbers that are alike: floats, or of 32 bits. */
export const floatsOf = (value: number): number[] => wordsOf(new Uint8Array(Float32Array.of(value).buffer));
export const numbersOf = (value: number): number[] => wordsOf(new Uint8Array(Int32Array.of(value).buffer));
const wordsOf = (bytes: Uint8Array): number[] => [SIMD, 0x0c, ...range(4).flatMap(() => [...bytes])];
export const F32_ADD = [0x92];
export const storeFloat = (offset: number): number[] => [0x38, 2, ...unsigned(offset)];

export const get = (local: number): number[] => [0x20, ...unsigned(local)];
export const set = (local: number): number[] => [0x21, ...unsigned(local)];
export const tee = (local: number): number[] => [0x22, ...unsigned(local)];
export const constant = (value: number): number[] => [0x41, ...signed(value)];
// The number after the opcode: what the address is a multiple of, as a power of two.
export const load = (offset: number): number[] => [SIMD, 0x00, 2, ...unsigned(offset)];
export const loadSplat = (offset: number): number[] => [SIMD, 0x09, 2, ...unsigned(offset)];
export const store = (offset: number): number[] => [SIMD, 0x0b, 2, ...unsigned(offset)];
/** Four values of two vectors, numbered 0 to 7. */
export const shuffle = (lanes: number[]): number[] => [
  SIMD,
  0x0d,
  ...lanes.flatMap((lane) => range(4).map((byte) => 4 * lane + byte)),
];
export const step = (local: number, by: number[]): number[] => [...get(local), ...by, ADD, ...set(local)];
/** Leaves on the stack how often there is still to go. */
export const countDown = (local: number): number[] => [...get(local), ...constant(1), SUBTRACT, ...tee(local)];
/** Again while what the body leaves on the stack is not 0. */
export const loop = (...body: number[][]): number[] => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b];

/** LEB128 */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Small and not negative; bit 6 of the last byte is the sign. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
