import { describe, expect, test } from 'vitest';
import { lengthAt, rowsOver, talliedRows, tallyTokens, TokenTallier } from '../../../src/core/text/token-tally';

describe('a tally of lengths', () => {
  test('knows of every row how long it is, and ends with the longest', () => {
    expect([...tallyTokens([2, 0, 3, 2]).rowsOf]).toEqual([1, 0, 2, 1]);
    expect(talliedRows(tallyTokens([2, 0, 3, 2]))).toBe(4);
    expect(tallyTokens([]).rowsOf).toHaveLength(0);
  });

  test('chunks give what all at once would give, however long the rows', () => {
    const tallier = new TokenTallier();
    tallier.add([5, 10_000]);
    tallier.add(Int32Array.of(5, 200));
    expect(tallier.tally()).toEqual(tallyTokens([5, 10_000, 5, 200]));
  });

  test('rows over a limit and the length at a place are those of the sorted lengths', () => {
    const lengths = [7, 1, 4, 4, 9, 300];
    const sorted = lengths.toSorted((a, b) => a - b);
    const tally = tallyTokens(lengths);
    expect(sorted.map((_, place) => lengthAt(tally, place))).toEqual(sorted);
    for (const limit of [-1, 0, 4, 9, 299, 300]) {
      expect(rowsOver(tally, limit)).toBe(lengths.filter((length) => length > limit).length);
    }
  });
});
