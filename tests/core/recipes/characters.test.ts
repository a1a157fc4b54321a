import { describe, expect, test } from 'vitest';
import type { RecipeCorpus } from '../../../src/core/recipes/encoded-rows';
import { fitRecipesSteps } from '../../../src/core/recipes/fit';
import { answerRecipes } from '../../../src/core/recipes/model';
import { recipesFor } from '../../../src/core/recipes/recipe';
import { finish, madeUpCorpus } from './synthetic';
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

describe('a model with characters', () => {
  const texts = ['win a prize now', 'see you at ten', 'a prize 🙂 to win', 'at ten then', 'no prize'];
  const corpus: RecipeCorpus = { ...madeUpCorpus({ rows: 5, classes: 2 }), texts };
  const [recipe] = recipesFor(['knows'], false).filter(({ chars }) => chars > 0);
  const task = { corpus, rows: Int32Array.from([0, 1, 2]), seed: 1 };
  const model = finish(fitRecipesSteps(task, { recipes: recipe ? [recipe] : [] }));

  test('answers rows of its corpus by texts cut once as by the texts themselves, to the bit', () => {
    const rows = Int32Array.from([4, 3, 0]);
    const counted = answerRecipes(model, corpus.encoded, countedCharacters(corpus), rows);
    expect(counted).toEqual(answerRecipes(model, corpus.encoded, texts, rows));
    const without = answerRecipes({ ...model, characters: null }, corpus.encoded, texts, rows);
    expect(counted).not.toEqual(without);
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
