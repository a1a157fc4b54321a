/**
 * Which recipes suit the rows: each is fitted on inner folds of the training rows and answers the rows it has not seen.
 * Rows that are held out of the fold never come here, so the choice is as honest as the fit.
 */
import { predictProba } from '../baselines/logistic-regression';
import { makeFolds } from '../data/folds';
import { argmaxRows, logLoss } from '../metrics/probabilistic';
import type { MinimizeStep } from '../optimize/lbfgs';
import { fitVectorsSteps, type RecipeTask } from './fit';
import { plainRecipe, type Recipe, recipesFor } from './recipe';
import { recipeVectors } from './vectors';

/** What one recipe reached on the inner rows. */
export interface RecipeTrial {
  recipe: Recipe;
  /** Inner answers that were right. */
  right: number;
  logLoss: number;
  /** True where the difference to the best is more than chance between recipes explains. */
  clearlyWorse: boolean;
}

export interface RecipeChoice {
  /** What is fitted: one recipe, or several whose log-probabilities are averaged. */
  recipes: readonly Recipe[];
  /** `given`: set by hand, or nothing to choose by. `best`: the rows told one. `average`: they could not tell these apart. */
  how: 'given' | 'best' | 'average';
  /** The plain recipe first; empty where nothing was tried. */
  trials: readonly RecipeTrial[];
  /** Inner answers that each trial was judged by: rows times repetitions. */
  innerAnswers: number;
}

const INNER_FOLDS = 4;

/** Standard errors of the difference to the best beyond which a recipe is left out. */
const CLEAR = 1;

/** The one recipe without a choice. */
export function givenChoice(recipe: Recipe): RecipeChoice {
  return { recipes: [recipe], how: 'given', trials: [], innerAnswers: 0 };
}

/** Yields between the iterations of its fits; a stop ends with the plain recipe. */
export function* chooseRecipeSteps(task: RecipeTask): Generator<MinimizeStep, RecipeChoice, void> {
  const { corpus, rows, seed, shouldStop } = task;
  const encoders = corpus.encoded.map(({ means }) => means.encoder);
  const plain = givenChoice(plainRecipe(encoders.slice(0, 1)));
  const labels = rows.map((row) => corpus.labels[row] ?? 0);
  const groups = rows.map((row) => corpus.groups[row] ?? 0);
  if (new Set(groups).size < INNER_FOLDS || new Set(labels).size < 2) return plain;
  const { foldOf, folds } = makeFolds(labels, groups, INNER_FOLDS, seed);
  const tried: { recipe: Recipe; probabilities: Float32Array }[] = [];
  for (const recipe of recipesFor(encoders, corpus.names.length > 0)) {
    const probabilities = new Float32Array(rows.length * corpus.classes);
    for (let fold = 0; fold < folds; fold++) {
      const train = rows.filter((_, i) => foldOf[i] !== fold);
      const held = rows.filter((_, i) => foldOf[i] === fold);
      const part = yield* fitVectorsSteps({ ...task, rows: train }, recipe.c > 0 ? recipe : { ...recipe, c: 10 });
      if (shouldStop?.() === true) return plain;
      const x = recipeVectors(recipe, corpus.encoded, held, part.centre);
      const model = { classes: corpus.classes, columns: x.columns };
      const answers = predictProba(
        { ...model, weights: Float64Array.from(part.weight), bias: Float64Array.from(part.bias) },
        x,
      );
      let at = 0;
      foldOf.forEach((own, i) => {
        if (own !== fold) return;
        probabilities.set(answers.subarray(at, (at += corpus.classes)), i * corpus.classes);
      });
    }
    tried.push({ recipe, probabilities });
  }
  return judge(tried, labels, corpus.classes);
}

function judge(
  tried: readonly { recipe: Recipe; probabilities: Float32Array }[],
  labels: Int32Array,
  classes: number,
): RecipeChoice {
  const scored = tried.map(({ recipe, probabilities }) => {
    const answers = argmaxRows(probabilities, classes);
    const hits = answers.map((answer, i) => Number(answer === labels[i]));
    return { recipe, hits, right: sum(hits), logLoss: logLoss(labels, probabilities, classes) };
  });
  const [best] = [...scored].sort((a, b) => b.right - a.right || a.logLoss - b.logLoss);
  const trials = scored.map(({ recipe, hits, right, logLoss }): RecipeTrial => {
    const differing = hits.filter((hit, i) => hit !== best?.hits[i]).length;
    return { recipe, right, logLoss, clearlyWorse: (best?.right ?? 0) - right > CLEAR * Math.sqrt(differing) };
  });
  const recipes = trials.filter(({ clearlyWorse }) => !clearlyWorse).map(({ recipe }) => recipe);
  return { recipes, how: recipes.length > 1 ? 'average' : 'best', trials, innerAnswers: labels.length };
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}
