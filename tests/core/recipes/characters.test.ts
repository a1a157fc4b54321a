import { describe, expect, test } from 'vitest';
import { characterTerms, countedCharacters, fitCharacterTerms } from '../../../src/core/recipes/characters';

describe('characters as terms', () => {
  // scikit-learn: TfidfVectorizer(analyzer='char_wb', ngram_range=(2, 5)).build_analyzer()('To be'), sorted.
  test('equal scikit-learn’s', () => {
    expect([...characterTerms('To be')].sort()).toEqual([
      ' b',
      ' be',
      ' be ',
      ' t',
      ' to',
      ' to ',
      'be',
      'be ',
      'e ',
      'o ',
      'to',
      'to ',
    ]);
  });

  test('characters outside the basic plane are not cut in half', () => {
    expect(characterTerms('🙂🙃')).toContain('🙂🙃');
    expect(characterTerms('🙂')).toEqual([' 🙂', '🙂 ', ' 🙂 ']);
  });

  test('a text of nothing but spaces has none', () => {
    expect(characterTerms(' \n ')).toEqual([]);
  });
});

describe('very many terms', () => {
  const texts = ['to be', 'to go', 'to see', 'no', 'left out'];
  const rows = Int32Array.from([0, 1, 2, 3]);
  const counted = countedCharacters({ texts });

  test('only the commonest are learnt, with their idf', () => {
    const all = fitCharacterTerms(counted, rows, 2);
    const few = fitCharacterTerms(counted, rows, 2, 12);
    expect(few.idf.length).toBe(6);
    // In three of four texts, in all others once.
    expect(counted.wordsOf(few)).toEqual(expect.arrayContaining([' t', 'to', 'o ', ' to', 'to ', ' to ']));
    few.terms.forEach((term, column) => expect(few.idf[column]).toBe(all.idf[all.terms.indexOf(term)]));
  });

  test('the more labels, the fewer terms', () => {
    expect(fitCharacterTerms(counted, rows, 4, 12).idf.length).toBe(3);
  });

  test('a corpus is cut once, whoever fits to its rows', () => {
    expect(countedCharacters({ texts })).toBe(counted);
    expect(countedCharacters({ texts: [...texts] })).not.toBe(counted);
  });
});
