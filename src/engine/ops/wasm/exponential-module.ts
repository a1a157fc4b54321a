/**
 * Loops with exponentials in WebAssembly (assembler.ts), four values at a time: a tenth of the time of exponential.ts, which
 * stays for what is left over. As C:
 *
 *   void exponentials(float *from, float *to, int bytes, float *shift, float sums[4])
 *   to[i] = exp(from[i] − *shift), and their sums, each of every fourth
 *   void swiGlu(float *gate, float *up, float *out, int bytes)                 // see ops/swi-glu.ts
 *   void swiGluGradient(float *dy, float *gate, float *up, float *dGate, float *dUp, int bytes)
 *
 * `bytes` are a multiple of 16. exp(x) is 2ⁿ·exp(r), r = x − n·ln 2 in two steps and exp(r) by Cephes' polynomial: within
 * 2e-7 of it, relatively. Below −87 and above 88 it stays where it is there, and not a number stays none.
 */
import {
  ADD,
  assemble,
  type Code,
  F32X4_ADD,
  F32X4_DIV,
  F32X4_MAX,
  F32X4_MIN,
  F32X4_MUL,
  F32X4_NEAREST,
  F32X4_SUB,
  F32X4_TRUNCATE,
  floatsOf,
  constant,
  get,
  I32X4_ADD,
  I32X4_SHIFT_LEFT,
  LESS_UNSIGNED,
  load,
  loadSplat,
  loop,
  type Loop,
  numbersOf,
  PARAMETERS,
  set,
  step,
  store,
  tee,
} from './assembler';

/** Addresses and lengths in bytes; what comes after those that are named is not looked at. */
export interface ExponentialLoops {
  exponentials: Loop;
  swiGlu: Loop;
  swiGluGradient: Loop;
}

/** Compiles the loops for a memory. */
export function exponentialModule(memory: WebAssembly.Memory): ExponentialLoops {
  return assemble(memory, {
    exponentials: exponentialsLoop(),
    swiGlu: swiGluLoop(),
    swiGluGradient: swiGluGradientLoop(),
  });
}

const [LOWEST, HIGHEST] = [-87, 88];
/** ln 2 as a number of few digits, so that n times it is exact, and the rest. */
const [LN_2, LN_2_REST] = [0.693359375, -2.1219444e-4];
/** exp(r) = 1 + r + r²·(…), from the highest power on. */
const POLYNOMIAL = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1];
/** Of float32: where its exponent begins, and what stands there for 2⁰. */
const [EXPONENT_BITS, EXPONENT_ZERO] = [23, 127];

/** Leaves exp of what `x` leaves on the stack there; uses two vectors from `spare` on. */
function exponential(x: number[], spare: number): number[] {
  const [n, r] = [spare, spare + 1];
  return [
    ...[...x, ...floatsOf(LOWEST), ...F32X4_MAX, ...floatsOf(HIGHEST), ...F32X4_MIN, ...set(r)],
    ...[...get(r), ...floatsOf(Math.LOG2E), ...F32X4_MUL, ...F32X4_NEAREST, ...set(n)],
    ...[LN_2, LN_2_REST].flatMap((part) => {
      return [...get(r), ...get(n), ...floatsOf(part), ...F32X4_MUL, ...F32X4_SUB, ...set(r)];
    }),
    ...POLYNOMIAL.flatMap((factor, i) =>
      i === 0 ? floatsOf(factor) : [...get(r), ...F32X4_MUL, ...floatsOf(factor), ...F32X4_ADD],
    ),
    ...[...get(r), ...F32X4_MUL, ...get(r), ...F32X4_MUL, ...get(r), ...F32X4_ADD, ...floatsOf(1), ...F32X4_ADD],
    ...[...get(n), ...F32X4_TRUNCATE, ...numbersOf(EXPONENT_ZERO), ...I32X4_ADD],
    ...[...constant(EXPONENT_BITS), ...I32X4_SHIFT_LEFT, ...F32X4_MUL],
  ];
}

/** Leaves 1 / (1 + exp(−x)) on the stack. */
function logistic(x: number, spare: number): number[] {
  const negative = [...floatsOf(0), ...get(x), ...F32X4_SUB];
  return [...floatsOf(1), ...floatsOf(1), ...exponential(negative, spare), ...F32X4_ADD, ...F32X4_DIV];
}

function exponentialsLoop(): Code {
  const [from, to, bytes, shift, sums, end] = [0, 1, 2, 3, 4, PARAMETERS];
  const [moved, sum, value, spare] = [PARAMETERS + 1, PARAMETERS + 2, PARAMETERS + 3, PARAMETERS + 4];
  const code = [
    ...[...get(shift), ...loadSplat(0), ...set(moved), ...floatsOf(0), ...set(sum)],
    ...[...get(from), ...get(bytes), ADD, ...set(end)],
    ...loop(
      [...exponential([...get(from), ...load(0), ...get(moved), ...F32X4_SUB], spare), ...set(value)],
      [...get(to), ...get(value), ...store(0)],
      [...get(sum), ...get(value), ...F32X4_ADD, ...set(sum)],
      step(to, constant(16)),
      nextUntil(from, end),
    ),
    ...[...get(sums), ...get(sum), ...store(0)],
  ];
  return { numbers: 1, vectors: 5, code };
}

function swiGluLoop(): Code {
  const [gate, up, out, bytes, end] = [0, 1, 2, 3, PARAMETERS];
  const [g, spare] = [PARAMETERS + 1, PARAMETERS + 2];
  const code = [
    ...[...get(gate), ...get(bytes), ADD, ...set(end)],
    ...loop(
      [...get(gate), ...load(0), ...set(g)],
      [...get(out), ...get(g), ...get(up), ...load(0), ...F32X4_MUL, ...logistic(g, spare), ...F32X4_MUL, ...store(0)],
      step(up, constant(16)),
      step(out, constant(16)),
      nextUntil(gate, end),
    ),
  ];
  return { numbers: 1, vectors: 3, code };
}

function swiGluGradientLoop(): Code {
  const [dy, gate, up, dGate, dUp, bytes, end] = [0, 1, 2, 3, 4, 5, PARAMETERS];
  const [g, s, ds, spare] = [PARAMETERS + 1, PARAMETERS + 2, PARAMETERS + 3, PARAMETERS + 4];
  const code = [
    ...[...get(dy), ...get(bytes), ADD, ...set(end)],
    ...loop(
      [...get(gate), ...load(0), ...set(g), ...logistic(g, spare), ...set(s)],
      [...get(dy), ...load(0), ...get(s), ...F32X4_MUL, ...set(ds)],
      [...get(dUp), ...get(ds), ...get(g), ...F32X4_MUL, ...store(0)],
      [...get(dGate), ...get(ds), ...get(up), ...load(0), ...F32X4_MUL],
      [...floatsOf(1), ...get(g), ...floatsOf(1), ...get(s), ...F32X4_SUB, ...F32X4_MUL, ...F32X4_ADD],
      [...F32X4_MUL, ...store(0)],
      [gate, up, dGate, dUp].flatMap((place) => step(place, constant(16))),
      nextUntil(dy, end),
    ),
  ];
  return { numbers: 1, vectors: 5, code };
}

/** Four values on; leaves whether there are more. */
function nextUntil(place: number, end: number): number[] {
  return [...get(place), ...constant(16), ADD, ...tee(place), ...get(end), LESS_UNSIGNED];
}
