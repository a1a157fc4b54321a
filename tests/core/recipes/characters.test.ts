import { describe, expect, test } from 'vitest';
import { characterTerms, fitCharacterTerms } from '../../../src/core/recipes/characters';

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
  const texts = ['to be', 'to go', 'to see', 'no'];

  test('only the commonest are learnt, with their idf', () => {
    const all = fitCharacterTerms(texts, 2);
    const few = fitCharacterTerms(texts, 2, 12);
    expect(few.vocabulary.size).toBe(6);
    // In three of four texts, in all others once.
    expect([...few.vocabulary.keys()]).toEqual(expect.arrayContaining([' t', 'to', 'o ', ' to', 'to ', ' to ']));
    for (const [term, column] of few.vocabulary) expect(few.idf[column]).toBe(all.idf[all.vocabulary.get(term) ?? -1]);
  });

  test('the more labels, the fewer terms', () => {
    expect(fitCharacterTerms(texts, 4, 12).vocabulary.size).toBe(3);
  });
});
