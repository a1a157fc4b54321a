/** What *features only* was given where a recipe was chosen, what the plain one made of the same rows, and both in words. */
import type { RowUnits } from '../metrics/row-intervals';
import { encoderTitle } from '../models/encoders';
import { methodDefinition } from '../settings/methods';
import type { RecipeChoice } from '../recipes/choose';
import { plainRecipe, type Recipe, RECIPE_C } from '../recipes/recipe';
import type { ExperimentOutcome } from '../run/experiment';
import type { FoldOutcome, Predictions } from '../run/predictions';
import { formatAmount, formatPercent, formatPoints } from '../words/numbers';
import { compareWith } from './build-comparisons';
import type { ClassificationReport } from './classification';
import { encodersIn, type ReportContext } from './context';
import { asShare, scoresOf } from './figures';

type Recipes = NonNullable<ClassificationReport['recipes']>;

/** «MiniLM L6 and multilingual E5, last three layers, centred, with label names, 10 % characters», «…, C = 3.3» if not the usual. */
export function recipeWords({ encoders, layers, centred, names, chars, c }: Recipe): string {
  return [
    encoders.map(encoderTitle).join(' and '),
    layers === 1 ? 'last layer' : 'last three layers',
    ...(centred ? ['centred'] : []),
    ...(names > 0 ? ['with label names'] : []),
    ...(chars > 0 ? [`${formatPercent(chars, 0)} characters`] : []),
    ...(c > 0 && c !== RECIPE_C ? [`C\u00a0=\u00a0${Number(c.toPrecision(2))}`] : []),
  ].join(', ');
}

/** True of the words of the plain recipe on one encoder, whatever its strength. */
export function isPlainInWords(words: string, encoder: string): boolean {
  return words.replace(/, C\s=\s\S+$/, '') === recipeWords(plainRecipe([encoder]));
}

/** Null where no recipe was chosen. `features` are the folds of *features only*, the method's own or the baseline's. */
export function recipesOf(
  context: ReportContext,
  units: RowUnits,
  { recipes }: ExperimentOutcome,
  features: FoldOutcome[] | null,
): Recipes | null {
  if (!recipes || features === null) return null;
  const plain = features.flatMap(({ fold }) => recipes.plain.find((outcome) => outcome.fold === fold) ?? []);
  if (plain.length < features.length) return null;
  const scores = plain.map((fold) => scoresOf(context.rows, fold));
  const mean = (metric: 'accuracy' | 'macro_f1'): number =>
    asShare(scores.reduce((sum, own) => sum + own[metric], 0) / scores.length);
  const test = context.test && recipes.plainTest && scoresOf(context.test, padded(recipes.plainTest, context));
  return {
    encoders: encodersIn(context).map(({ id, title, sha256 }) => ({ id, title, sha256 })),
    folds: recipes.folds.map(({ fold, choice }) => ({ fold, ...inWords(choice) })),
    final: recipes.final && inWords(recipes.final),
    plain: { accuracy: mean('accuracy'), macro_f1: mean('macro_f1') },
    gain: compareWith(context.rows, units, { own: features, other: plain, planned: context.folds }),
    plain_test: test && { accuracy: asShare(test.accuracy), macro_f1: asShare(test.macro_f1) },
  };
}

/** Labels of the test part that training never saw are no answer's. */
function padded({ rows, probabilities }: Predictions, { rows: trained, test }: ReportContext): Predictions {
  const [known, all] = [trained.labels.length, test?.labels.length ?? 0];
  const wide = new Float32Array(rows.length * all);
  rows.forEach((_, i) => wide.set(probabilities.subarray(i * known, (i + 1) * known), i * all));
  return { rows, probabilities: wide };
}

function inWords({ recipes, how, trials, innerRows, heldBack = false }: RecipeChoice): NonNullable<Recipes['final']> {
  return {
    how,
    recipes: recipes.map(recipeWords),
    judged_by_rows: innerRows,
    ...(heldBack && { held_back: true }),
    trials: trials.map(({ recipe, right, squaredError, clearlyWorse }) => ({
      recipe: recipeWords(recipe),
      right,
      squared_error: squaredError,
      clearly_worse: clearlyWorse,
    })),
  };
}

const HELD_BACK =
  'The classifier of features only follows single rows less than usual, which by the rows themselves was hardly worse: as where ' +
  'labels overlap, or some are wrong. The rows that were answered wrong show which.';

/** Which recipe, why, and what the plain one would have given; empty where none was chosen. */
export function recipeNotes(report: Pick<ClassificationReport, 'recipes' | 'settings'>): string[] {
  const { recipes } = report;
  if (!recipes) return [];
  const choice = recipes.final ?? recipes.folds[0];
  if (choice === undefined) return [];
  const { plain, gain } = recipes;
  const difference = gain
    ? `; the choice is ${formatPoints(gain.accuracy.mean_difference)} points against it, 95 % interval ` +
      `${formatPoints(gain.accuracy.ci95[0])} to ${formatPoints(gain.accuracy.ci95[1])}`
    : '';
  return [
    `Features only was given ${choice.recipes.slice(0, 3).join('; ')}${choice.recipes.length > 3 ? ' and more' : ''} (${choiceReason(choice, report.settings)}). ` +
      `The plain recipe gave ${formatPercent(plain.accuracy)} right on the same folds${difference}.`,
    ...(choice.held_back === true ? [HELD_BACK] : []),
  ];
}

/** Why these recipes, in a few words. */
export function choiceReason(
  { how, recipes, trials, judged_by_rows: rows }: NonNullable<Recipes['final']>,
  { recipe: setting }: ClassificationReport['settings'],
): string {
  if (how === 'given') return setting === 'plain' ? 'set by hand' : 'too few rows to choose by';
  if (how === 'best') return `the best of ${trials.length} by ${formatAmount(rows, 'training row')}`;
  return `the mean of ${formatAmount(recipes.length, 'recipe')} that ${formatAmount(rows, 'row')} could not tell apart`;
}

/** What read the texts for the answers of a method: the first encoder, and the others where it reads with several. */
export function readersOf({
  method,
  model,
  recipes,
}: Pick<ClassificationReport, 'method' | 'model' | 'recipes'>): string[] {
  const several = recipes && methodDefinition(method).baseline === 'features_only';
  return several ? recipes.encoders.map(({ title }) => title) : [model.title];
}
