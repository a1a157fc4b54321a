import { describe, expect, test } from 'vitest';
import { findModel } from '../../../../src/core/models/registry';
import {
  languagesSeen,
  languageWarning,
  list,
  modelLines,
  rowLines,
} from '../../../../src/ui/screens/train/encoder-words';

const miniLm = findModel('all-MiniLM-L6-v2');
const e5 = findModel('multilingual-e5-small');
const tally = (languages: Record<string, number>, unclear = 0) => {
  const counts = Object.entries(languages).map(([code, rows]) => ({ code, rows }));
  return { looked: counts.reduce((sum, { rows }) => sum + rows, unclear), languages: counts, unclear };
};
const tickets = tally({ en: 1081, de: 118, pl: 41 });
const words = (lines: { name: string; words: string }[], name: string) =>
  lines.find((line) => line.name === name)?.words;

describe('a card', () => {
  test('has the same lines in the same order for every model', () => {
    const of = (model: typeof e5) => modelLines(model, { languages: tickets, readMs: null }).map(({ name }) => name);
    expect(of(miniLm)).toEqual(['Good at', 'Weak at', 'Languages', 'Size', 'Licence', 'Tokens', 'Reads']);
    expect(of(e5)).toEqual(of(miniLm));
  });

  test('says size with the tokenizer, and time only once it was measured', () => {
    const lines = modelLines(e5, { languages: null, readMs: null });
    expect(words(lines, 'Size')).toBe('117.5 M values, 74 MB');
    expect(words(lines, 'Reads')).toBe('not measured yet');
    const measured = (readMs: number) => words(modelLines(e5, { languages: null, readMs }), 'Reads');
    expect(measured(44_000)).toBe('44 s for the texts not read yet');
    expect(measured(0)).toBe('nothing more: what it read is kept');
  });

  test('names of many languages those that are in the rows', () => {
    const of = (model: typeof e5, languages: typeof tickets | null) =>
      words(modelLines(model, { languages, readMs: null }), 'Languages');
    expect(of(miniLm, tickets)).toBe('English');
    expect(of(e5, tickets)).toBe(`${e5.card.languages.length}, German and Polish too`);
    expect(of(e5, tally({ en: 9 }))).toBe(String(e5.card.languages.length));
    expect(of(e5, null)).toBe(String(e5.card.languages.length));
  });

  test('counts what the model would not know of the rows', () => {
    const coverage = { characters: 9000, unknown: 212, unknownRows: 38, words: 2000, broken: 188 };
    const lines = rowLines(miniLm, { coverage, languages: tickets });
    expect(lines).toEqual([
      { name: 'Unknown', words: '212 characters, in 38 rows' },
      { name: 'Broken up', words: '9.4 % of words, in 4 pieces or more' },
      { name: 'Languages', words: '159 rows it does not know' },
    ]);
    expect(words(rowLines(e5, { coverage: null, languages: tickets }), 'Languages')).toBe('knows all three');
    expect(words(rowLines(e5, { coverage: null, languages: tickets }), 'Unknown')).toBeUndefined();
  });

  test('says nothing of languages that are not known, and nothing of words where there are none', () => {
    const nothing = { characters: 0, unknown: 0, unknownRows: 0, words: 0, broken: 0 };
    const lines = rowLines(miniLm, { coverage: nothing, languages: null });
    expect(lines.map((line) => line.words)).toEqual(['no character', 'no words to count', 'not looked at yet']);
    expect(words(rowLines(miniLm, { coverage: null, languages: tally({}, 9) }), 'Languages')).toBe('not clear');
    expect(words(rowLines(miniLm, { coverage: null, languages: tally({ en: 9 }) }), 'Languages')).toBe('knows the one');
  });
});

test('the languages of the rows are counted, those that are not clear too, and a sample is called one', () => {
  expect(languagesSeen(tickets, 1240)).toBe('Languages seen: English 1,081, German 118, Polish 41');
  expect(languagesSeen(tally({ en: 90, de: 4 }, 6), 100)).toBe('Languages seen: English 90, German 4, not clear 6');
  expect(languagesSeen(tally({ en: 4000 }), 90_000)).toBe('Languages seen in 4,000 of them: English 4,000');
  expect(languagesSeen(tally({}, 12), 12)).toBe('Languages: not clear');
});

describe('rows that nobody would understand', () => {
  test('are said where another encoder knows their languages', () => {
    expect(languageWarning([miniLm], [miniLm, e5], tickets)).toEqual({
      title: '159 rows are in languages that MiniLM L6 does not know',
      text: 'German and Polish: E5 multilingual knows them.',
    });
  });

  test('are said where no encoder does', () => {
    expect(languageWarning([miniLm, e5], [miniLm, e5], tally({ en: 90, yo: 1 }))).toMatchObject({
      title: '1 row is in languages that no encoder here knows',
      text: expect.stringMatching(/^Yoruba\. /),
    });
  });

  test('are none where one of those that read knows them, or nothing is known', () => {
    expect(languageWarning([miniLm, e5], [miniLm, e5], tickets)).toBeNull();
    expect(languageWarning([miniLm], [miniLm, e5], tally({ en: 9 }, 40))).toBeNull();
    expect(languageWarning([miniLm], [miniLm, e5], null)).toBeNull();
  });
});

test('a list of names reads like one', () => {
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c']);
});
