import { describe, expect, test } from 'vitest';
import { characterTerms } from '../../../src/core/recipes/characters';

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
