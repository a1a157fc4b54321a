/**
 * Which recipes suit the rows. Every recipe answers each row of the fold's training rows after being fitted to all the
 * others (`leave-one-out.ts`); rows that are held out of the fold never come here. Judged by right answers, of equal
 * ones by squared error. What is not clearly behind the best is averaged with it: with few rows the best is partly luck,
 * and the mean of log-probabilities loses little anywhere; with many rows few are left.
 */
import { holdOut } from '../data/hold-out';
import { argmaxRows } from '../metrics/probabilistic';
import type { EncodedRows } from './encoded-rows';
import { namedLabels, type RecipeTask } from './fit';
import { blockKernelSteps, centredKernel, type Kernel, meanKernel } from './kernels';
import { leaveOneOutSteps } from './leave-one-out';
import { plainRecipe, type Recipe, recipesFor } from './recipe';

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
}

/** Inverting takes the cube of the rows: more would make the choice slower and hardly other. */
const MAX_ROWS = 600;

/** Standard errors of the difference to the best beyond which a recipe is clearly worse. */
const CLEAR = 1;

/** The choice that is none: these recipes, as given. */
export function givenChoice(...recipes: readonly Recipe[]): RecipeChoice {
  return { recipes, how: 'given', trials: [], innerRows: 0 };
}

/** Yields often; a stop ends with the plain recipe. */
export function* chooseRecipeSteps(task: RecipeTask): Generator<unknown, RecipeChoice, void> {
  const { corpus, shouldStop } = task;
  const encoders = corpus.encoded.map(({ means }) => means.encoder);
  const plain = givenChoice(plainRecipe(encoders.slice(0, 1)));
  const rows = judgedRows(task);
  const labels = rows.map((row) => corpus.labels[row] ?? 0);
  const groups = rows.map((row) => corpus.groups[row] ?? 0);
  if (new Set(groups).size < 2 || new Set(labels).size < 2) return plain;
  const recipes = recipesFor(encoders, corpus.names.length > 0);
  const named = corpus.names.length > 0 ? namedLabels({ encoders }, corpus.names) : new Int32Array();
  const withNames = Int32Array.from([...labels, ...named]);
  const kernels = yield* allKernelsSteps(recipes, corpus.encoded, corpus.names, rows, named);
  const tried: Tried[] = [];
  for (const recipe of recipes) {
    const size = recipe.names ? withNames.length : rows.length;
    const kernel = meanKernel(kernels(recipe), size);
    const question = { kernel, labels: withNames.subarray(0, size), groups, classes: corpus.classes };
    const scores = yield* leaveOneOutSteps(question);
    if (shouldStop?.() === true) return plain;
    tried.push(judged(recipe, scores, labels, corpus.classes));
  }
  return decide(tried, rows.length);
}

interface Tried extends Omit<RecipeTrial, 'clearlyWorse'> {
  /** [rows] 1 where the answer was right. */
  hits: Uint8Array;
}

/** All rows, or a stratified part of very many. */
function judgedRows({ corpus, rows, seed }: RecipeTask): Int32Array {
  if (rows.length <= MAX_ROWS) return rows;
  const labels = rows.map((row) => corpus.labels[row] ?? 0);
  const groups = rows.map((row) => corpus.groups[row] ?? 0);
  return holdOut(labels, groups, MAX_ROWS / rows.length, seed).held.map((i) => rows[i] ?? 0);
}

/** The kernels of a recipe's blocks, each made once. */
function* allKernelsSteps(
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
      if (using.length === 0) continue;
      const kernel = yield* blockKernelSteps(layer, own, rows, names[i] ?? null, named);
      if (using.some(({ centred }) => !centred)) made.set(keyOf(id, layer, false), kernel);
      if (using.some(({ centred }) => centred)) made.set(keyOf(id, layer, true), centredKernel(kernel, rows.length));
    }
  }
  return ({ encoders, layers, centred }) =>
    encoders.flatMap((id) => [2, 1, 0].slice(0, layers).flatMap((layer) => made.get(keyOf(id, layer, centred)) ?? []));
}

function judged(recipe: Recipe, scores: Float64Array, labels: Int32Array, classes: number): Tried {
  const answers = argmaxRows(scores, classes);
  const hits = Uint8Array.from(labels, (label, row) => Number(answers[row] === label));
  const error = scores.reduce((sum, score, at) => {
    return sum + (score - Number(labels[Math.floor(at / classes)] === at % classes)) ** 2;
  }, 0);
  return { recipe, hits, right: countHits(hits), squaredError: error / labels.length };
}

function decide(tried: readonly Tried[], innerRows: number): RecipeChoice {
  const [best] = [...tried].sort((a, b) => b.right - a.right || a.squaredError - b.squaredError);
  const trials = tried.map(({ hits, ...trial }): RecipeTrial => {
    const differing = hits.filter((hit, row) => hit !== best?.hits[row]).length;
    return { ...trial, clearlyWorse: (best?.right ?? 0) - trial.right > CLEAR * Math.sqrt(differing) };
  });
  const recipes = trials.filter(({ clearlyWorse }) => !clearlyWorse).map(({ recipe }) => recipe);
  return { recipes, how: recipes.length > 1 ? 'average' : 'best', trials, innerRows };
}

function countHits(hits: Uint8Array): number {
  return hits.reduce((sum, hit) => sum + hit, 0);
}
