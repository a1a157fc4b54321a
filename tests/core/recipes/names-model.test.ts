import { describe, expect, test } from 'vitest';
import { argmaxRows } from '../../../src/core/metrics/probabilistic';
import { answerRecipes } from '../../../src/core/recipes/model';
import { namesModel } from '../../../src/core/recipes/names-model';
import { centreOf } from '../../../src/core/recipes/vectors';
import { allRows, madeUpCorpus } from './synthetic';

const corpus = madeUpCorpus({ rows: 60, classes: 3, withNames: true, signal: 8 });
const named = corpus.names.slice(1);
const probabilities = (names = named) => {
  return answerRecipes(namesModel(names), corpus.encoded, corpus.texts, allRows(corpus));
};

describe('names alone', () => {
  test('answer without a row', () => {
    const answers = argmaxRows(probabilities(), 3);
    expect(answers.filter((answer, row) => answer === corpus.labels[row]).length).toBeGreaterThan(50);
  });

  test('with texts of the same kind, answers are relative to their mean', () => {
    const model = namesModel(named, corpus.encoded.slice(1));
    expect(model.parts[0]?.recipe).toMatchObject({ layers: 3, centred: true });
    const recipe = model.parts[0]?.recipe;
    expect(model.parts[0]?.centre).toEqual(recipe && centreOf(recipe, corpus.encoded, allRows(corpus)));
    const answers = argmaxRows(answerRecipes(model, corpus.encoded, corpus.texts, allRows(corpus)), 3);
    expect(answers.filter((answer, row) => answer === corpus.labels[row]).length).toBeGreaterThan(55);
  });

  test('very few texts have no mean worth the name', () => {
    const few = corpus.encoded.slice(1).map((own) => ({ ...own, of: own.of.subarray(0, 5) }));
    expect(namesModel(named, few)).toEqual(namesModel(named));
  });

  test('a label without a name is never the answer', () => {
    const partial = named.map((own) => ({ ...own, of: own.of.map((text, label) => (label === 1 ? -1 : text)) }));
    expect(argmaxRows(probabilities(partial), 3).includes(1)).toBe(false);
  });

  test('probabilities of a text add up to 1', () => {
    const given = probabilities();
    for (let start = 0; start < given.length; start += 3) {
      expect((given[start] ?? 0) + (given[start + 1] ?? 0) + (given[start + 2] ?? 0)).toBeCloseTo(1, 5);
    }
  });
});
