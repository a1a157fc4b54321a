import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random';
import { factoriseSteps, invertSteps } from '../../../src/core/recipes/cholesky';
import { finish } from './synthetic';

/** B Bᵀ + I/2 of random B: positive definite. */
function positiveDefinite(size: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const b = Float64Array.from({ length: size * size }, () => random() - 0.5);
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let total = i === j ? 0.5 : 0;
    for (let k = 0; k < size; k++) total += (b[i * size + k] ?? 0) * (b[j * size + k] ?? 0);
    return total;
  });
}

describe('a factor', () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 13, 66, 130])(
    'of %i rows gives the products back, and its inverse undoes it',
    (size) => {
      const products = positiveDefinite(size, size);
      const lower = products.slice();
      finish(factoriseSteps(lower, size));
      const inverse = finish(invertSteps(lower, size));
      const errors: number[] = [];
      for (let i = 0; i < size; i++) {
        for (let j = 0; j <= i; j++) {
          let product = 0;
          for (let k = 0; k <= j; k++) product += (lower[i * size + k] ?? 0) * (lower[j * size + k] ?? 0);
          errors.push(Math.abs(product - (products[i * size + j] ?? NaN)));
          let unit = 0;
          // Row j of the inverse is its column j.
          for (let k = j; k <= i; k++) unit += (lower[i * size + k] ?? 0) * (inverse[j * size + k] ?? 0);
          errors.push(Math.abs(unit - Number(i === j)));
          if (i > j) errors.push(Math.abs(inverse[i * size + j] ?? NaN));
        }
      }
      expect(Math.max(...errors)).toBeLessThan(1e-9);
    },
  );

  test('products that are not positive definite are refused', () => {
    const products = positiveDefinite(6, 1);
    products[35] = -1;
    expect(() => finish(factoriseSteps(products, 6))).toThrow(/finite/);
  });

  test('of many rows stops for others on the way', () => {
    const lower = positiveDefinite(130, 2);
    expect([...factoriseSteps(lower, 130)].length).toBe(2);
    expect([...invertSteps(lower, 130)].length).toBe(2);
  });
});
