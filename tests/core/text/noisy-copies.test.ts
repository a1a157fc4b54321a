import { expect, test } from 'vitest';
import { noisyCopies } from '../../../src/core/text/noisy-copies';
import { finish } from '../recipes/synthetic';

/** A token a word: its length. */
const tokenizer = {
  encode: (text: string, most = Infinity) => Int32Array.from(text.split(' '), ({ length }) => length).slice(0, most),
};
const texts = ['one two three four five six seven eight', 'some words are left out in here at times', 'short'];
const rows = { texts, tokenIds: texts.map((text): Int32Array => tokenizer.encode(text)), lines: [5, 6, 9] };
const copiesOf = (...asked: Parameters<typeof noisyCopies>): Int32Array[][] => finish(noisyCopies(...asked));
const how = { tokenizer, maxLength: 6, seed: 3 };

test('eight copies a row, each drawn from its own line, cut like the rows', () => {
  const copies = copiesOf(rows, 'words', how);
  expect(copies.map(({ length }) => length)).toEqual([8, 8, 8]);
  expect(new Set(copies[0]?.map(String)).size).toBeGreaterThan(2);
  const drawn = copies.flat().filter((ids) => !rows.tokenIds.includes(ids));
  expect(drawn.length).toBeGreaterThan(5);
  expect(drawn.every(({ length }) => length <= 6)).toBe(true);
  // Whatever rows there are beside it.
  const [, , last] = rows.tokenIds;
  const second = { texts: texts.slice(1), tokenIds: rows.tokenIds.slice(1), lines: [6, 9] };
  expect(copiesOf(second, 'words', how)).toEqual(copies.slice(1));
  expect(copiesOf(rows, 'words', { ...how, seed: 4 })[0]).not.toEqual(copies[0]);
  expect(copiesOf({ ...rows, lines: [6, 5, 9] }, 'words', how)[0]).not.toEqual(copies[0]);
  expect(copiesOf(rows, 'both', how)[0]).not.toEqual(copies[0]);
  expect(copies[2]?.every((ids) => ids === last)).toBe(true);
});

test('fewer copies where there is much to read', () => {
  const long = new Int32Array(2 ** 22);
  const much = { texts: ['a', 'b'], tokenIds: [long, long], lines: [1, 2] };
  expect(copiesOf(much, 'letters', how).map(({ length }) => length)).toEqual([2, 2]);
});
