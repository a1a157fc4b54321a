/**
 * IEEE 754 half precision, both ways, as bit patterns in a Uint16Array: how the built-in models are shipped.
 * Every half value is exact in float32; the way back rounds to nearest, ties to even, as PyTorch does.
 */

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** Size of one step of the fraction, by exponent: subnormals share the step of exponent 1. */
const steps = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));

/** The value of each of the 65,536 patterns: looked up twenty times as fast as computed. */
const valueOf = Float32Array.from({ length: 2 ** 16 }, (_, half) => {
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  let magnitude: number;
  if (exponent === 31) magnitude = fraction === 0 ? Infinity : NaN;
  else magnitude = (exponent === 0 ? fraction : 1024 + fraction) * (steps[exponent] ?? 0);
  return half & 0x8000 ? -magnitude : magnitude;
});

/** The float32 values of half-precision bit patterns. */
export function halfToFloat(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  halfToFloatInto(halves, values);
  return values;
}

/** The same, written to `values`, which has as many places. */
export function halfToFloatInto(halves: Uint16Array, values: Float32Array): void {
  for (let i = 0; i < halves.length; i++) values[i] = valueOf[halves[i] ?? 0] ?? 0;
}

/** Half-precision bit patterns of float32 values, rounded to nearest even; what is too large becomes infinite. */
export function floatToHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    single[0] = values[i] ?? 0;
    const bits = singleBits[0] ?? 0;
    halves[i] = ((bits >>> 16) & 0x8000) | roundMagnitude(bits & 0x7fffffff);
  }
  return halves;
}

/** `bits`: a float32 pattern without its sign. */
function roundMagnitude(bits: number): number {
  if (bits > 0x7f800000) return 0x7e00; // NaN
  if (bits >= 0x47800000) return 0x7c00; // 65,536 and above, also infinity
  if (bits < 0x38800000) {
    // Subnormal half: the value in units of 2^-24, rounded by hand to even.
    singleBits[0] = bits;
    const units = (single[0] ?? 0) * 2 ** 24;
    const floor = Math.floor(units);
    const rest = units - floor;
    return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
  }
  // Normal half: rebias the exponent, drop 13 bits; a carry out of the fraction rightly raises the exponent.
  const rebiased = bits - 0x38000000;
  const roundUp = 0xfff + ((rebiased >>> 13) & 1);
  return (rebiased + roundUp) >>> 13;
}
