import { describe, expect, test } from 'vitest';
import { floatToHalf, halfToFloat } from '../../../src/core/formats/float16';

describe('float16', () => {
  test('every half value survives the way to float32 and back', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const back = floatToHalf(halfToFloat(all));
    all.forEach((half, i) => {
      const isNaN = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
      if (!isNaN && back[i] !== half) expect(back[i]).toBe(half);
      if (isNaN) expect((back[i] ?? 0) & 0x7e00).toBe(0x7e00);
    });
  });

  test.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7bff, 65_504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x8000, -0],
  ])('bits %i mean %d', (bits, value) => {
    expect(halfToFloat(Uint16Array.of(bits))[0]).toBe(value);
  });

  test.each([
    ['a tie goes to the even neighbour below', 1 + 2 ** -11, 0x3c00],
    ['a tie goes to the even neighbour above', 1 + 3 * 2 ** -11, 0x3c02],
    ['above a tie goes up', 1 + 2 ** -11 + 2 ** -20, 0x3c01],
    ['a carry raises the exponent', 2 - 2 ** -12, 0x4000],
    ['the largest that still rounds down', 65_519.996, 0x7bff],
    ['what is halfway to the next power overflows', 65_520, 0x7c00],
    ['a tie among subnormals goes to even', 2.5 * 2 ** -24, 0x0002],
    ['below half the smallest subnormal is zero', 2 ** -25, 0x0000],
    ['just above half the smallest subnormal is kept', 2 ** -25 * 1.01, 0x0001],
    ['subnormals round up into the normals', 1023.75 * 2 ** -24, 0x0400],
  ])('%s', (_, value, bits) => {
    expect(floatToHalf(Float32Array.of(value))[0]).toBe(bits);
  });
});
