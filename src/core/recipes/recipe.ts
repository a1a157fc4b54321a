/**
 * What a classifier on frozen encoders is given. An encoder reads a text once; a recipe says which of its means are
 * taken, how they are prepared, and what is added to them. Which recipe is best differs from set to set by five to
 * eighteen points, so it is chosen by measurement (`choose.ts`).
 */
import { encodedBy, type EncodedRows } from './encoded-rows';

export interface Recipe {
  /** Ids of the models whose vectors are joined. */
  encoders: readonly string[];
  /** The last layer's mean, or those of the last three, joined. */
  layers: 1 | 3;
  /** Each vector is taken relative to the mean of the training rows'. */
  centred: boolean;
  /** For how many training rows a label's own name counts; 0 = names are not used. */
  names: number;
  /** Share (0–1) of logistic regression on characters in the mean of log-probabilities. */
  chars: number;
  /** Inverse strength of the penalty; 0 = chosen on an inner part of the rows. */
  c: number;
}

/** One row a name is outvoted by eight rows that are all unlike; with four, reviews gained 2 to 5 points, and news 1. */
export const NAME_ROWS = 4;

/** Characters alone are far behind; a little of them is worth up to a point where words tell (banking), and nothing elsewhere. */
export const CHARS_SHARE = 0.1;

/** C of all recipes but the plain one, which chooses: from 1 to 100, none was better on most sets. Less where labels overlap or are noisy (`choose.ts`). */
export const RECIPE_C = 10;

/** Texts without labels that names alone are centred on: the mean of fewer is mostly what those few are about. */
export const LEAST_CENTRED = 10;

/** The recipe without a choice: the last layer, as it comes; vectors of several encoders cannot be joined uncentred. */
export function plainRecipe(encoders: readonly string[]): Recipe {
  return { encoders, layers: 1, centred: encoders.length > 1, names: 0, chars: 0, c: 0 };
}

/**
 * The recipes that are tried with these encoders, the plain one of the first encoder before all others: each encoder
 * and all of them joined, with one layer and with three; where labels have names, with and without.
 */
export function recipesFor(encoders: readonly string[], hasNames: boolean): Recipe[] {
  const sets = encoders.length > 1 ? [[...encoders], ...encoders.map((encoder) => [encoder])] : [[...encoders]];
  const recipes = [plainRecipe(encoders.slice(0, 1))];
  for (const names of hasNames ? [NAME_ROWS, 0] : [0]) {
    for (const own of sets) {
      for (const layers of [1, 3] as const) {
        // One layer of one encoder of several, without names: was never best by more than chance.
        if (hasNames && names === 0 && layers === 1 && own.length < encoders.length) continue;
        recipes.push({ encoders: own, layers, centred: true, names, chars: CHARS_SHARE, c: RECIPE_C });
      }
    }
  }
  return recipes;
}

/** Columns of a recipe's vectors. */
export function columnsOf(recipe: Recipe, encoded: readonly EncodedRows[]): number {
  return recipe.encoders.reduce((sum, id) => sum + recipe.layers * encodedBy(encoded, id).means.hiddenSize, 0);
}
