import { describe, expect, test } from 'vitest';
import { CountedTexts } from '../../../src/core/baselines/counted-texts';
import { fitTfIdf, termsOf, transformTfIdf } from '../../../src/core/baselines/tf-idf';
import { characterTerms } from '../../../src/core/recipes/characters';

const texts = [
  'The cat sat on the mat, the cat',
  'constructor of a dog',
  '',
  'The dog sat',
  'a cat and a dog and a cat and a cat',
  'nothing of it is known here',
];
const rows = Int32Array.from([3, 0, 1, 4]);
const asked = Int32Array.from([5, 4, 2, 0]);

const at = (of: Int32Array): string[] => Array.from(of, (row) => texts[row] ?? '');

describe.each([
  ['words', termsOf],
  ['characters', characterTerms],
] as const)('texts cut into %s once', (_, cut) => {
  test.each([Infinity, 0, 20])('give the same columns and rows as cut for each fit, %s terms kept', (mostKept) => {
    const counted = new CountedTexts(texts, cut, mostKept);
    // Another fit before: its terms have numbers already, and must not take columns.
    counted.fit(Int32Array.from([4, 5, 2]));
    const fit = counted.fit(rows);
    const expected = fitTfIdf(at(rows), cut);
    expect(counted.wordsOf(fit)).toEqual([...expected.vocabulary.keys()]);
    expect(fit.idf).toEqual(expected.idf);
    for (const of of [rows, asked]) {
      expect(counted.transform(fit, of)).toEqual(transformTfIdf(expected, at(of), cut));
    }
  });
});

test('each text is cut once, as long as there is room', () => {
  let cuts = 0;
  const cut = (text: string) => {
    cuts += 1;
    return termsOf(text);
  };
  const roomy = new CountedTexts(texts, cut);
  for (let turn = 0; turn < 3; turn++) roomy.transform(roomy.fit(rows), asked);
  expect(cuts).toBe(6);
  cuts = 0;
  const narrow = new CountedTexts(texts, cut, 0);
  narrow.transform(narrow.fit(rows), asked);
  expect(cuts).toBe(8);
});
