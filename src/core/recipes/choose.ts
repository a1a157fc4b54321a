/**
 * Which recipes suit the rows. Every recipe answers each row of the fold's training rows after being fitted to all the
 * others (`leave-one-out.ts`), by its vectors alone; rows that are held out of the fold never come here.
 *
 * Three recipes are the usual ones: all encoders joined, with one layer and with three, and the last encoder alone with
 * three. Their log-probabilities are averaged but for those clearly behind the best; any other recipe must be clearly
 * better than all of them to come in. With few rows nothing is clear, and the average loses little anywhere; with many
 * rows few are left. Judged by squared error: over fifteen samples of seven sets it chose 0.3 to 0.6 points better than
 * by right answers. The best of all recipes alone was 1 point worse, 2 with few rows; averaging always, 0.5.
 *
 * Where labels overlap or some are wrong, a classifier that follows every row follows those too. Whether that pays shows in
 * the same answers: held three times as strongly, their error is 7 to 14 % higher on questions, intents and spam, by 6
 * standard errors and more (48 to 5,452 rows, six sets), and −1 to 5 % on news, with wrong labels as with right ones. There the
 * strong hold is kept, as the one-standard-error rule has it (Breiman et al. 1984); it does not tell which of the two it is.
 */
import { holdOut } from '../data/hold-out';
import { argmaxRows } from '../metrics/probabilistic';
import type { EncodedRows } from './encoded-rows';
import { namedLabels, type RecipeTask } from './fit';
import { blockKernelSteps, centredKernel, type Kernel, meanKernel } from './kernels';
import { type Inverse, invertKernelSteps, leaveOneOut, RIDGE } from './leave-one-out';
import { columnsOf, plainRecipe, type Recipe, recipesFor } from './recipe';

/** What one recipe reached on the training rows, each answered without itself. */
export interface RecipeTrial {
  recipe: Recipe;
  /** Rows answered right. */
  right: number;
  /** Mean squared distance of the scores to the one-hot truth. */
  squaredError: number;
  /** True where it is further behind the best than chance between the two explains. */
  clearlyWorse: boolean;
}

export interface RecipeChoice {
  /** What is fitted: one recipe, or several whose log-probabilities are averaged. */
  recipes: readonly Recipe[];
  /** `given`: set by hand, or nothing to choose by. `best`: the rows told one. `average`: they could not tell these apart. */
  how: 'given' | 'best' | 'average';
  /** The plain recipe first; empty where nothing was tried. */
  trials: readonly RecipeTrial[];
  /** Rows that the trials answered. */
  innerRows: number;
  /** A larger penalty was hardly worse than the usual one, and is taken: as where labels overlap or are noisy. */
  heldBack?: boolean;
}

/** What keeps the time within bounds. */
export interface ChoiceLimits {
  /** Rows that the choice is made by, names included, but for half of them at least: inverting takes their cube. */
  rows: number;
  /** Rows × classes × columns of all that is fitted; one layer of all encoders is fitted in any case. */
  work: number;
}

/** Rows that the choice is made by, at most. */
export const JUDGED_ROWS = 600;

const LIMITS: ChoiceLimits = { rows: JUDGED_ROWS, work: 3e8 };

/** Standard errors of the difference to the best beyond which a recipe is clearly worse. */
const CLEAR = 2;

/** The same for a recipe that is not usual to come in: with 16 rows, two errors in a hundred comparisons are many. */
const CLEARLY_BETTER = 3;

/** How much more strongly a classifier is held where that is not worse by more than chance explains and by this share. */
const STRONGER = 3;
const NOTABLY = 0.05;
/** With fewer rows nothing is clear; clean labels were told from 48 on. */
const LEAST_TOLD = 40;

/** The choice that is none: these recipes, as given. */
export function givenChoice(...recipes: readonly Recipe[]): RecipeChoice {
  return { recipes, how: 'given', trials: [], innerRows: 0 };
}

/** Yields often; a stop ends with the plain recipe. */
export function* chooseRecipeSteps(task: RecipeTask, limits = LIMITS): Generator<unknown, RecipeChoice, void> {
  const { corpus, classWeights, shouldStop } = task;
  const encoders = corpus.encoded.map(({ means }) => means.encoder);
  const plain = givenChoice(plainRecipe(encoders.slice(0, 1)));
  const named = namedLabels(encoders, corpus.names);
  const rows = judgedRows(task, Math.max(limits.rows / 2, limits.rows - named.length));
  const labels = rows.map((row) => corpus.labels[row] ?? 0);
  const groups = rows.map((row) => corpus.groups[row] ?? 0);
  if (new Set(groups).size < 2 || new Set(labels).size < 2) return plain;
  // Names of a few labels among codes would favour those.
  const recipes = recipesFor(encoders, 2 * named.length >= corpus.classes && named.length > 1);
  const kernelsOf = yield* blockKernels(recipes, corpus.encoded, corpus.names, rows, named);
  const withNames = Int32Array.from([...labels, ...named]);
  const inverses = new Map<string, Inverse>();
  function* trySteps(recipe: Recipe, ridge: number): Generator<unknown, Tried, void> {
    const size = recipe.names > 0 ? withNames.length : rows.length;
    const weights = Float64Array.from({ length: size }, (_, i) => {
      return (i < rows.length ? 1 : recipe.names) * (classWeights?.[withNames[i] ?? 0] ?? 1);
    });
    // A recipe without names stands behind the same one with them, and finds its own inverse in that one's beginning.
    const key = JSON.stringify([recipe.encoders, recipe.layers, recipe.centred, ridge]);
    const known = inverses.get(key);
    const inverse =
      known && known.size >= size
        ? known
        : yield* invertKernelSteps(meanKernel(kernelsOf(recipe), size), weights, ridge);
    inverses.set(key, inverse);
    const question = { inverse, labels: withNames.subarray(0, size), groups, classes: corpus.classes };
    return judged(recipe, leaveOneOut(question), labels, corpus.classes, weights);
  }
  const tried: Tried[] = [];
  for (const recipe of recipes) {
    tried.push(yield* trySteps(recipe, RIDGE));
    if (shouldStop?.() === true) return plain;
  }
  const work = (recipe: Recipe): number => task.rows.length * corpus.classes * columnsOf(recipe, corpus.encoded);
  const choice = decide(tried, groups, encoders, (close, byError) => affordable(close, byError, work, limits.work));
  const usual = tried.filter(({ recipe }) => recipe.c > 0 && choice.recipes.includes(recipe));
  if (rows.length < LEAST_TOLD || usual.length === 0) return choice;
  const strong: Tried[] = [];
  for (const { recipe } of usual) {
    strong.push(yield* trySteps(recipe, STRONGER * RIDGE));
    if (shouldStop?.() === true) return plain;
  }
  const [errors, usualErrors] = [meanErrors(strong), meanErrors(usual)];
  const behind = sumOf(errors) / sumOf(usualErrors) - 1;
  if (behind > NOTABLY && standardErrorsBehind(errors, usualErrors, groups) > CLEARLY_BETTER) return choice;
  return { ...choice, recipes: heldStrongly(choice.recipes, rows.length / task.rows.length), heldBack: true };
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** [rows] those of several recipes, averaged. */
function meanErrors(tried: readonly Tried[]): Float64Array {
  const [first] = tried;
  return Float64Array.from(first?.errors ?? [], (_, row) => {
    return tried.reduce((sum, { errors }) => sum + (errors[row] ?? 0), 0) / tried.length;
  });
}

/**
 * Where they were judged by a part of the rows, by its root besides: on noisy labels the best penalty grows with the root of
 * the rows (Caponnetto and De Vito 2007). One that chooses its strength goes on to.
 */
function heldStrongly(recipes: readonly Recipe[], part: number): Recipe[] {
  return recipes.map((recipe) => ({ ...recipe, c: (recipe.c / STRONGER) * Math.sqrt(part) }));
}

interface Tried {
  recipe: Recipe;
  right: number;
  /** [rows] squared distance of a row's scores to the one-hot truth. */
  errors: Float64Array;
  squaredError: number;
}

/** All rows, or a stratified part of very many. */
function judgedRows({ corpus, rows, seed }: RecipeTask, most: number): Int32Array {
  if (rows.length <= most) return rows;
  const labels = rows.map((row) => corpus.labels[row] ?? 0);
  const groups = rows.map((row) => corpus.groups[row] ?? 0);
  return holdOut(labels, groups, most / rows.length, seed).held.map((i) => rows[i] ?? 0);
}

/** The kernels of a recipe's blocks, each made once. */
function* blockKernels(
  recipes: readonly Recipe[],
  encoded: readonly EncodedRows[],
  names: readonly EncodedRows[],
  rows: Int32Array,
  named: Int32Array,
): Generator<unknown, (recipe: Recipe) => Kernel[], void> {
  const made = new Map<string, Kernel>();
  const keyOf = (id: string, layer: number, centred: boolean): string =>
    `${centred ? 'centred' : 'plain'} ${layer} ${id}`;
  for (const [i, own] of encoded.entries()) {
    const id = own.means.encoder;
    const used = recipes.filter(({ encoders }) => encoders.includes(id));
    for (let layer = 0; layer < own.means.layers; layer++) {
      const using = used.filter(({ layers }) => layer >= own.means.layers - layers);
      const kernel = yield* blockKernelSteps(layer, own, rows, names[i] ?? null, named);
      if (using.some(({ centred }) => !centred)) made.set(keyOf(id, layer, false), kernel);
      if (using.some(({ centred }) => centred)) made.set(keyOf(id, layer, true), centredKernel(kernel, rows.length));
    }
  }
  return ({ encoders, layers, centred }) =>
    encoders.flatMap((id) => [2, 1, 0].slice(0, layers).flatMap((layer) => made.get(keyOf(id, layer, centred)) ?? []));
}

function judged(
  recipe: Recipe,
  scores: Float64Array,
  labels: Int32Array,
  classes: number,
  weights: Float64Array,
): Tried {
  const answers = argmaxRows(scores, classes);
  const right = labels.reduce((sum, label, row) => sum + Number(answers[row] === label), 0);
  const errors = Float64Array.from(labels, (label, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    return (weights[row] ?? 1) * own.reduce((sum, score, c) => sum + (score - Number(c === label)) ** 2, 0);
  });
  return { recipe, right, errors, squaredError: sumOf(errors) / labels.length };
}

/** The usual recipes, and what is clearly better than all of them; of these, what is not clearly worse than the best. */
function decide(
  tried: readonly Tried[],
  groups: Int32Array,
  encoders: readonly string[],
  keepAffordable: (close: readonly Tried[], byError: readonly Tried[]) => Recipe[],
): RecipeChoice {
  const isWorse = (one: Tried, other: Tried, by = CLEAR): boolean => {
    return one !== other && standardErrorsBehind(one.errors, other.errors, groups) > by;
  };
  const byError = [...tried].sort((a, b) => a.squaredError - b.squaredError);
  const usual = usualOf(byError, encoders);
  const [bestUsual] = usual;
  const further = byError.filter((own) => bestUsual && !usual.includes(own) && isWorse(bestUsual, own, CLEARLY_BETTER));
  const candidates = byError.filter((own) => usual.includes(own) || further.includes(own));
  const [best] = candidates;
  const close = candidates.filter((own) => best && !isWorse(own, best));
  const recipes = keepAffordable(close, byError);
  const trials = tried.map((own): RecipeTrial => {
    const { recipe, right, squaredError } = own;
    return { recipe, right, squaredError, clearlyWorse: best !== undefined && isWorse(own, best) };
  });
  return { recipes, how: recipes.length > 1 ? 'average' : 'best', trials, innerRows: groups.length };
}

/** Best first. With one encoder: one layer and three. */
function usualOf(byError: readonly Tried[], encoders: readonly string[]): Tried[] {
  const most = Math.max(...byError.map(({ recipe }) => recipe.names));
  const own = byError.filter(({ recipe }) => recipe.centred && recipe.names === most);
  return own.filter(({ recipe }) => {
    const isLast = recipe.encoders.length === 1 && recipe.encoders[0] === encoders.at(-1);
    return recipe.encoders.length === encoders.length || (isLast && recipe.layers === 3);
  });
}

/** From the best on, what can be fitted in time; if nothing of it can, the best of all that can. */
function affordable(
  close: readonly Tried[],
  byError: readonly Tried[],
  work: (recipe: Recipe) => number,
  mostWork: number,
): Recipe[] {
  const shortest = byError.filter(({ recipe }) => recipe.layers === 1);
  const most = Math.max(mostWork, ...shortest.map(({ recipe }) => work(recipe)));
  const recipes: Recipe[] = [];
  let left = most;
  for (const { recipe } of close) {
    if (work(recipe) > left) continue;
    left -= work(recipe);
    recipes.push(recipe);
  }
  if (recipes.length > 0) return recipes;
  const possible = byError.filter(({ recipe }) => work(recipe) <= most);
  return possible.slice(0, 1).map(({ recipe }) => recipe);
}

/** The mean difference of errors in its standard errors; rows of one group have one voice. */
function standardErrorsBehind(errors: Float64Array, best: Float64Array, groups: Int32Array): number {
  const sums = new Map<number, number>();
  errors.forEach((error, row) => {
    const group = groups[row] ?? 0;
    sums.set(group, (sums.get(group) ?? 0) + error - (best[row] ?? 0));
  });
  const differences = [...sums.values()];
  const total = differences.reduce((sum, difference) => sum + difference, 0);
  const mean = total / differences.length;
  const squares = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0);
  const spread = Math.sqrt((squares * differences.length) / Math.max(1, differences.length - 1));
  return total / Math.max(spread, 1e-12);
}
