import { describe, expect, test } from 'vitest';
import { argmaxRows } from '../../../src/core/metrics/probabilistic';
import { chooseRecipeSteps } from '../../../src/core/recipes/choose';
import { fitRecipesSteps } from '../../../src/core/recipes/fit';
import { answerRecipes } from '../../../src/core/recipes/model';
import { allRows, finish, madeUpCorpus } from './synthetic';

const corpus = madeUpCorpus({ rows: 120, classes: 3 });

describe('the choice of recipes', () => {
  test('leaves out what reads with the encoder that knows nothing', () => {
    const choice = finish(chooseRecipeSteps({ corpus, rows: allRows(corpus), seed: 1 }));
    expect(choice.recipes.every(({ encoders }) => encoders.includes('knows'))).toBe(true);
    expect(choice.trials.find(({ recipe }) => recipe.encoders.join() === 'noise')?.clearlyWorse).toBe(true);
  });

  test('what is chosen answers new rows right', () => {
    const rows = allRows(corpus).subarray(0, 60);
    const choice = finish(chooseRecipeSteps({ corpus, rows, seed: 1 }));
    const model = finish(fitRecipesSteps({ corpus, rows, seed: 1 }, choice));
    const asked = allRows(corpus).subarray(60);
    const answers = argmaxRows(answerRecipes(model, corpus.encoded, corpus.texts, asked), corpus.classes);
    expect(answers).toEqual(asked.map((row) => corpus.labels[row] ?? -1));
  });
});
