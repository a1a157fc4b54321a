import fc from '../../helpers/fast-check';
import { expect, test } from 'vitest';
import { firstFrom, hasRow, listRows, packRows } from '../../../src/core/data/row-set';

test('a set holds what it was made of and nothing else, in any order and each once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300)), fc.boolean(), (numbers, isWide) => {
      const all = isWide ? numbers.map((number) => number * 5_000) : numbers;
      const set = packRows(all);
      const expected = [...new Set(all)].sort((a, b) => a - b);
      expect([...listRows(set)]).toEqual(expected);
      expect(set.count).toBe(expected.length);
      expect([...listRows(set, 3)]).toEqual(expected.slice(0, 3));
      for (const number of [...all.map((one) => one + 1), ...all, 0])
        expect(hasRow(set, number)).toBe(all.includes(number));
    }),
  );
});

test('few rows are a list, many are bits: never more than a bit for each row of the file', () => {
  const every = (step: number) => packRows(Array.from({ length: 1_000_000 / step }, (_, i) => 1 + i * step));
  expect(every(1000).kind).toBe('list');
  for (const step of [1, 2, 20]) {
    const set = every(step);
    expect(set.kind === 'bits' && set.bits.byteLength).toBeLessThanOrEqual(125_000);
  }
});

test('the first number from another on is found, or the end', () => {
  expect([1, 2, 3, 7, 8].map((number) => firstFrom([2, 3, 7], number))).toEqual([0, 0, 1, 2, 3]);
  expect(firstFrom([], 4)).toBe(0);
});
