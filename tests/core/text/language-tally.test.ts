import { describe, expect, test } from 'vitest';
import { LOOKED_ROWS, rowsOutside, tallyLanguages } from '../../../src/core/text/language-tally';
import { encoderForRows } from '../../../src/core/text/encoder-for-rows';
import { findModel } from '../../../src/core/models/registry';

/** Rows whose text is their language; «?» is in none. */
function rows(counts: Record<string, number>): { text: string }[] {
  return Object.entries(counts).flatMap(([text, count]) => Array.from({ length: count }, () => ({ text })));
}
const read = (text: string): string | null => (text === '?' ? null : text);
const tally = (counts: Record<string, number>) => tallyLanguages(rows(counts), read);

describe('the tally of languages', () => {
  test('counts rows, most frequent first, and what is not clear apart', () => {
    expect(tally({ pl: 41, en: 1081, de: 118, '?': 9 })).toEqual({
      looked: 1249,
      languages: [
        { code: 'en', rows: 1081 },
        { code: 'de', rows: 118 },
        { code: 'pl', rows: 41 },
      ],
      unclear: 9,
    });
  });

  test('a language with hardly a row, or under two in a hundred, is taken for a slip', () => {
    expect(tally({ en: 20, yo: 2 })).toMatchObject({ languages: [{ code: 'en' }], unclear: 2 });
    expect(tally({ en: 20, yo: 3 }).languages).toHaveLength(2);
    expect(tally({ en: 1000, ca: 19 })).toMatchObject({ languages: [{ code: 'en' }], unclear: 19 });
    expect(tally({ en: 980, ca: 20 }).languages).toHaveLength(2);
  });

  test('of a large set as many rows are looked at as tell, from its whole length', () => {
    const found = tally({ en: 30_000, de: 10_000 });
    expect(found.looked).toBe(LOOKED_ROWS);
    expect(found.languages).toEqual([
      { code: 'en', rows: 3000 },
      { code: 'de', rows: 1000 },
    ]);
  });

  test('no rows have no language', () => {
    expect(tally({})).toEqual({ looked: 0, languages: [], unclear: 0 });
  });

  test('rows outside what a model knows do not count those that are not clear', () => {
    expect(rowsOutside(tally({ en: 80, de: 12, '?': 8 }), ['en'])).toBe(12);
    expect(rowsOutside(tally({ en: 80, de: 12, '?': 8 }), ['en', 'de'])).toBe(0);
  });
});

describe('the encoder that rows ask for', () => {
  const first = findModel('all-MiniLM-L6-v2');
  const many = { ...first, id: 'many', title: 'Many', card: { ...first.card, languages: ['en', 'de', 'pl'] } };
  const few = { ...first, id: 'few', title: 'Few', card: { ...first.card, languages: ['de'] } };

  test('is the first for rows in its languages, and where nothing is known', () => {
    for (const languages of [tally({ en: 90, '?': 10 }), tally({ '?': 10 }), null]) {
      expect(encoderForRows([first, many], languages).modelId).toBe(first.id);
    }
    expect(encoderForRows([first, many], null).why).toBe('MiniLM L6: the languages of these rows are not clear.');
  });

  test('is the one that knows most rows, from a tenth of foreign ones on', () => {
    expect(encoderForRows([first, many], tally({ en: 91, de: 9 }))).toEqual({
      modelId: first.id,
      why: 'MiniLM L6: only 9 of 100 rows are in languages that it does not know.',
    });
    expect(encoderForRows([first, few, many], tally({ en: 80, de: 10, pl: 10 }))).toEqual({
      modelId: 'many',
      why: 'Many: 20 of 100 rows are in languages that MiniLM L6 does not know.',
    });
  });

  test('stays the first where no other knows more', () => {
    expect(encoderForRows([first, many], tally({ th: 50 }))).toEqual({
      modelId: first.id,
      why: '50 of 50 rows are in languages that MiniLM L6 does not know, and no other model does.',
    });
  });
});
