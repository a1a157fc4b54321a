/**
 * What a classifier on frozen encoders is given. An encoder reads a text once; a recipe says which of its means are
 * taken, how they are prepared, and what is added to them. Which recipe is best differs from set to set by five to
 * eighteen points, so it is chosen by measurement (`choose.ts`).
 */
import type { EncodedRows } from './encoded-rows';

export interface Recipe {
  /** Ids of the models whose vectors are joined. */
  encoders: readonly string[];
  /** The last layer's mean, or those of the last three, joined. */
  layers: 1 | 3;
  /** Each vector is taken relative to the mean of the training rows'. */
  centred: boolean;
  /** The labels' names stand among the training rows, one row a label. */
  names: boolean;
  /** Share (0–1) of TF-IDF over characters in the mean of log-probabilities. */
  chars: number;
  /** Inverse strength of the penalty; 0 = chosen on an inner part of the rows. */
  c: number;
}

/** Share of characters in the recipes that have them: it helped word-bound sets and cost no other more than half a point. */
export const CHARS_SHARE = 0.2;

/** C of all recipes but the plain one, which chooses. */
export const RECIPE_C = 10;

/** The recipe without a choice: the last layer, as it comes; vectors of several encoders cannot be joined uncentred. */
export function plainRecipe(encoders: readonly string[]): Recipe {
  return { encoders, layers: 1, centred: encoders.length > 1, names: false, chars: 0, c: 0 };
}

/** The recipes that are tried with these encoders, the plain one first; those with names only where labels have any. */
export function recipesFor(encoders: readonly string[], hasNames: boolean): Recipe[] {
  const sets = encoders.length > 1 ? [...encoders.map((encoder) => [encoder]), [...encoders]] : [[...encoders]];
  const recipes: Recipe[] = [plainRecipe(encoders.slice(0, 1))];
  for (const own of sets) {
    for (const layers of [1, 3] as const) {
      for (const names of hasNames ? [false, true] : [false]) {
        recipes.push({ encoders: own, layers, centred: true, names, chars: 0, c: RECIPE_C });
      }
    }
  }
  return recipes;
}

/** Columns of a recipe's vectors. */
export function columnsOf(recipe: Recipe, encoded: readonly EncodedRows[]): number {
  return recipe.encoders.reduce(
    (sum, id) => sum + recipe.layers * (encoded.find(({ means }) => means.encoder === id)?.means.hiddenSize ?? 0),
    0,
  );
}
