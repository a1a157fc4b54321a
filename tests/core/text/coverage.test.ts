import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { coverageOf } from '../../../src/core/text/coverage';
import { surveyTexts } from '../../../src/core/text/surveys';
import { createTokenizer } from '../../../src/core/text/tokenizer';

const json: unknown = JSON.parse(readFileSync('public/models/all-MiniLM-L6-v2/tokenizer.json', 'utf8'));
const tokenizer = createTokenizer(json);
const cover = (...texts: string[]) =>
  coverageOf(
    surveyTexts(
      texts.map((text) => ({ text })),
      tokenizer,
      10_000,
    ),
  );

test('unknown characters are counted, and the rows that have one', () => {
  expect(cover('ሳም ok', 'fine', 'ሳም ሳም')).toMatchObject({ characters: 12, unknown: 6, unknownRows: 2 });
});

test('a word in four pieces or more is broken up, one in three is not', () => {
  const pieces = (word: string): number => tokenizer.encode(word).length - 2;
  expect([pieces('straße'), pieces('bestellung'), pieces('stornieren')]).toEqual([2, 3, 4]);
  expect(cover('hello stornieren', 'bestellung')).toMatchObject({ words: 3, broken: 1 });
});

test('numbers are no words, and what is written without blanks has none to count', () => {
  expect(cover('order 123456789 now')).toMatchObject({ words: 2, broken: 0 });
  expect(cover('カードがとどきません', '面包刀')).toMatchObject({ words: 0, broken: 0 });
});

test('no rows have nothing to know', () => {
  expect(cover()).toEqual({ characters: 0, unknown: 0, unknownRows: 0, words: 0, broken: 0 });
});
