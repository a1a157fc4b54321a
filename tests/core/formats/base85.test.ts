import { expect, test } from 'vitest';
import { base85Length, fromBase85, toBase85 } from '../../../src/core/formats/base85';
import fc from '../../helpers/fast-check';

test('any bytes come back, and their characters may stand in a script of a page', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const letters = toBase85(bytes);
      expect(letters.length).toBe(base85Length(bytes.length));
      expect(new TextDecoder().decode(letters)).toMatch(/^[!-~]*$/);
      expect(new TextDecoder().decode(letters)).not.toMatch(/[<>&"'\\`,-]/);
      const back = new Uint8Array(bytes.length);
      expect(fromBase85(letters, back)).toBe(true);
      expect(back).toEqual(bytes);
    }),
  );
  const extremes = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 128, 0, 0, 1);
  const back = new Uint8Array(12);
  expect(fromBase85(toBase85(extremes), back)).toBe(true);
  expect(back).toEqual(extremes);
});

test('other characters, a missing one and a word beyond 32 bits are refused', () => {
  const letters = toBase85(Uint8Array.of(1, 2, 3, 4));
  const into = new Uint8Array(4);
  expect(fromBase85(letters.subarray(1), into)).toBe(false);
  expect(fromBase85(letters.with(2, 60), into)).toBe(false);
  expect(fromBase85(new TextEncoder().encode('~~~~~'), into)).toBe(false);
});
