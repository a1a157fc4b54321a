import { expect, test } from 'vitest';
import { expOfNegative } from '../../../../src/engine/ops/wasm/exponential';

test('is the exponential of numbers up to 0, to 3e-9 of it', () => {
  for (let x = -87.99; x <= 0; x += 0.0037) {
    expect(Math.abs(expOfNegative(x) / Math.exp(x) - 1)).toBeLessThan(3e-9);
  }
  expect(expOfNegative(0)).toBe(1);
});

test('is nothing where float32 has nothing beside a 1', () => {
  for (const x of [-88, -1e9, -Infinity]) expect(expOfNegative(x)).toBe(0);
});

test('what is no number stays none', () => {
  expect(expOfNegative(NaN)).toBeNaN();
});
