/** Fits what a choice of recipes says to rows: one regression a recipe, and one on characters where any has them. */
import { chooseStrengthSteps } from '../baselines/choose-strength';
import { fitSteps } from '../baselines/logistic-regression';
import type { LinearClassifier } from '../baselines/linear-classifier';
import { type DenseMatrix, denseMatrix } from '../baselines/matrix';
import { countedCharacters, fitCharacterTerms } from './characters';
import { encodedBy, type EncodedRows, type RecipeCorpus } from './encoded-rows';
import type { CharacterPart, RecipeModel, RecipePart } from './model';
import type { Recipe } from './recipe';
import { spanSteps } from './span';
import { centreOf, recipeVectors } from './vectors';

/** Rows that recipes are fitted to. */
export interface RecipeTask {
  corpus: RecipeCorpus;
  /** Rows of the corpus. */
  rows: Int32Array;
  seed: number;
  /** [classes]; multiplied into the rows' weights. */
  classWeights?: ArrayLike<number> | undefined;
  /** L1 on the mean of the losses, 0 = off. */
  l1?: number | undefined;
  /** A stop ends each fit with what it has. */
  shouldStop?: (() => boolean) | undefined;
}

/** scikit-learn's: below it answers no longer change, and a fit of joined layers takes half the time of 1e-5. */
const TOLERANCE = 1e-4;

/** Yields between the iterations of its fits. Throws `non-finite` on vectors that are not numbers. */
export function* fitRecipesSteps(
  task: RecipeTask,
  choice: { recipes: readonly Recipe[] },
): Generator<unknown, RecipeModel, void> {
  const { classes } = task.corpus;
  const share = 1 / choice.recipes.length;
  const characterShare = choice.recipes.reduce((sum, { chars }) => sum + chars * share, 0);
  const parts: RecipePart[] = [];
  for (const recipe of choice.recipes) {
    const fitted = yield* fitVectorsSteps(task, recipe);
    parts.push({ ...fitted, share: share * (1 - recipe.chars) });
  }
  // Held as the vectors are.
  const c = choice.recipes.find(({ chars }) => chars > 0)?.c ?? 0;
  const characters = characterShare > 0 ? yield* fitCharactersSteps(task, characterShare, c) : null;
  return { kind: 'recipes', classes, parts, characters };
}

/** One recipe's regression, without its characters. */
export function* fitVectorsSteps(
  task: RecipeTask,
  recipe: Recipe,
): Generator<unknown, Omit<RecipePart, 'share'>, void> {
  const { corpus, rows } = task;
  const centre = centreOf(recipe, corpus.encoded, rows);
  const { x, labels, weights } = trainingRows(recipe, corpus, rows, centre);
  const c = recipe.c > 0 ? recipe.c : yield* strengthSteps(task, recipe, centre);
  const options = { ...fitOptions(task, c, rows.length), sampleWeights: weights };
  // With L1 the coordinates matter.
  const span = task.l1 ? null : yield* spanSteps(x);
  const fitted = yield* fitSteps(span?.coordinates ?? x, labels, corpus.classes, options);
  const model = span?.widen(fitted) ?? fitted;
  return { recipe: { ...recipe, c }, centre, ...asFloats(model) };
}

function* strengthSteps(
  { corpus, rows, seed, classWeights, shouldStop }: RecipeTask,
  recipe: Recipe,
  centre: Float32Array | null,
): Generator<unknown, number, void> {
  const choice = yield* chooseStrengthSteps({
    x: recipeVectors(recipe, corpus.encoded, rows, centre),
    labels: rows.map((row) => corpus.labels[row] ?? 0),
    groups: rows.map((row) => corpus.groups[row] ?? 0),
    classes: corpus.classes,
    seed,
    fit: { classWeights, shouldStop },
  });
  return choice.c;
}

function* fitCharactersSteps(task: RecipeTask, share: number, c: number): Generator<unknown, CharacterPart, void> {
  const { corpus, rows } = task;
  const counted = countedCharacters(corpus);
  const terms = fitCharacterTerms(counted, rows, corpus.classes);
  const labels = rows.map((row) => corpus.labels[row] ?? 0);
  const x = counted.transform(terms, rows);
  const model = yield* fitSteps(x, labels, corpus.classes, fitOptions(task, c, rows.length));
  return { terms: counted.wordsOf(terms), idf: Float32Array.from(terms.idf), ...asFloats(model), share };
}

/** The rows of the task, followed by one for each label that has a name, and how much each counts. */
function trainingRows(
  recipe: Recipe,
  corpus: RecipeCorpus,
  rows: Int32Array,
  centre: Float32Array | null,
): { x: DenseMatrix; labels: Int32Array; weights: Float64Array | undefined } {
  const x = recipeVectors(recipe, corpus.encoded, rows, centre);
  const labels = rows.map((row) => corpus.labels[row] ?? 0);
  const named = recipe.names > 0 ? namedLabels(recipe.encoders, corpus.names) : new Int32Array();
  if (named.length === 0) return { x, labels, weights: undefined };
  const names = recipeVectors(recipe, corpus.names, named, centre);
  const all = Int32Array.from([...labels, ...named]);
  return {
    x: below(x, names),
    labels: all,
    weights: Float64Array.from(all, (_, i) => (i < rows.length ? 1 : recipe.names)),
  };
}

/** Labels that have a name with all these encoders. */
export function namedLabels(encoders: readonly string[], names: readonly EncodedRows[]): Int32Array {
  const [first] = names;
  if (first === undefined) return new Int32Array();
  const all = Int32Array.from(first.of.keys());
  return all.filter((label) => encoders.every((id) => (encodedBy(names, id).of[label] ?? -1) >= 0));
}

function below(first: DenseMatrix, second: DenseMatrix): DenseMatrix {
  const values = new Float32Array(first.values.length + second.values.length);
  values.set(first.values);
  values.set(second.values, first.values.length);
  return denseMatrix(values, first.columns);
}

function fitOptions({ classWeights, l1, shouldStop }: RecipeTask, c: number, rows: number) {
  return { c, l1: (l1 ?? 0) * rows, classWeights, shouldStop, tolerance: TOLERANCE };
}

function asFloats({ weights, bias }: LinearClassifier): { weight: Float32Array; bias: Float32Array } {
  return { weight: Float32Array.from(weights), bias: Float32Array.from(bias) };
}
