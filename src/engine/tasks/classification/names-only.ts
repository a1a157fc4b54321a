/** What label names answer by themselves: no label of a row is looked at, only what its text is like beside the others. */
import { AppError } from '../../../core/errors';
import type { RecipeCorpus } from '../../../core/recipes/encoded-rows';
import { answerRecipes } from '../../../core/recipes/model';
import { namesModel } from '../../../core/recipes/names-model';
import { finite } from './heads';
import type { ClassifierFoldLearner } from './method';

/** Texts are centred on those of the fitted rows. Throws `data-unusable` where labels have no names that say something. */
export function namesLearner({ names, encoded, texts }: RecipeCorpus): ClassifierFoldLearner {
  return {
    fit({ rows }) {
      if (names.length === 0) throw new AppError('data-unusable', 'The labels have no names that say something.');
      const fitted = encoded.map(({ means, of }) => ({ means, of: rows.map((row) => of[row] ?? 0) }));
      const model = namesModel(names, fitted);
      return Promise.resolve({
        ...{ steps: 0, epochs: 0, bestEpoch: null, chosenC: null, notes: [], dispose: () => undefined },
        predict: (asked) => Promise.resolve(finite(answerRecipes(model, encoded, texts, asked))),
      });
    },
  };
}
