import fc from '../../helpers/fast-check';
import { expect, test } from 'vitest';
import { addProduct } from '../../../src/core/baselines/multiply';

test('equals the plain product for every shape, blocks of four or not, and adds to what is there', () => {
  const size = fc.integer({ min: 0, max: 11 });
  fc.assert(
    fc.property(size, size, size, fc.nat(3), (m, n, depth, gap) => {
      const a = Float64Array.from({ length: m * depth }, (_, i) => (i % 7) - 3);
      const b = Float32Array.from({ length: gap + n * depth }, (_, i) => (i % 5) - 2);
      const out = new Float64Array(m * (n + gap)).fill(1);
      addProduct(a, m, b, gap, n, depth, out, n + gap);
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n + gap; j++) {
          let expected = 1;
          for (let k = 0; j < n && k < depth; k++) expected += (a[i * depth + k] ?? 0) * (b[gap + j * depth + k] ?? 0);
          expect(out[i * (n + gap) + j]).toBe(expected);
        }
      }
    }),
  );
});
