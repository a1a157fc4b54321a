/** Which rows a file is proved on, and when it counts as the same. */
import { expect, test } from 'vitest';
import { writerFormat } from '../../../src/core/export/formats';
import { parityOf, type ParityRow, parityRows, type RowDifference } from '../../../src/core/export/parity';
import { smolLm2Reader } from '../../helpers/smollm2';

const reader = smolLm2Reader();
const samples = ['short', 'a little longer than the other', 'x'].map((prompt) => ({
  prompt,
  answer: `yes, ${prompt}`,
}));

test('fixed rows come first, the longest held-out one always, others while there is room; answers are marked', () => {
  const rows = parityRows(reader, samples, { rows: 64, tokens: 4096, rowTokens: 512 });
  expect(rows.map(({ what }) => what)).toEqual([
    ...['one token', 'emoji', 'right to left', 'empty after trimming', 'longest held-out', 'held-out', 'held-out'],
  ]);
  expect(rows[0]?.ids).toHaveLength(1);
  const said = rows.slice(4).map(({ ids, answer }) => {
    return reader.tokenizer.decode([...ids].filter((_, at) => answer[at] === 1));
  });
  expect(said).toEqual(['yes, a little longer than the other', 'yes, short', 'yes, x']);
  expect(rows[1]?.answer).not.toContain(1);
  // No room but for the first five: none of them is left out.
  expect(parityRows(reader, samples, { rows: 64, tokens: 10, rowTokens: 512 })).toHaveLength(5);
  expect(parityRows(reader, samples, { rows: 6, tokens: 4096, rowTokens: 512 })).toHaveLength(6);
  expect(
    parityRows(reader, samples, { rows: 64, tokens: 4096, rowTokens: 20 }).every(({ ids }) => ids.length <= 20),
  ).toBe(true);
  expect(parityRows(reader, [], { rows: 64, tokens: 4096, rowTokens: 512 })).toHaveLength(4);
});

const row: ParityRow = { what: 'held-out', ids: Int32Array.of(1, 2, 3, 4), answer: Uint8Array.of(0, 0, 1, 1) };
const difference = (change: Partial<RowDifference>): RowDifference => ({
  ...{ places: 4, difference: 0.01, largest: 20, same: Uint8Array.of(1, 1, 1, 1) },
  ...change,
});
const found = (differences: RowDifference[], rows = [row]) =>
  parityOf(writerFormat('merged'), { base: { id: 'm', sha256: 'a' }, backend: 'wasm', rows, differences, files: [] });

test('a file is the same within what its type rounds, told as a share of the largest value', () => {
  expect(found([difference({})])).toMatchObject({ same: true, relative_difference: 0.0005, largest_difference: 0.01 });
  expect(found([difference({ difference: 0.2 })]).same).toBe(false);
  for (const bad of [NaN, Infinity]) expect(found([difference({ difference: bad })]).same).toBe(false);
  expect(found([difference({ difference: 0.01, largest: NaN })]).same).toBe(false);
  // Nothing compared proves nothing.
  expect(found([], []).same).toBe(false);
  expect(found([]).same).toBe(false);
});

test('a greedy answer is the same where each of its words is chosen at the place before it', () => {
  expect(found([difference({})]).answers).toEqual({ rows: 1, same: 1 });
  // Behind the answer, and within the prompt, other choices do not count.
  expect(found([difference({ same: Uint8Array.of(0, 1, 1, 0) })]).answers.same).toBe(1);
  expect(found([difference({ same: Uint8Array.of(1, 0, 1, 1) })]).answers.same).toBe(0);
  expect(found([difference({ same: Uint8Array.of(1, 1, 0, 1) })])).toMatchObject({
    answers: { same: 0 },
    first_choices: { places: 4, same: 3 },
  });
});
