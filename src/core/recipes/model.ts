/** A fitted recipe, or several whose answers are averaged: plain values that can be stored and taken along. */
import { predictProba } from '../baselines/logistic-regression';
import { CountedTexts } from '../baselines/counted-texts';
import { transformTfIdf } from '../baselines/tf-idf';
import type { SparseMatrix } from '../baselines/matrix';
import { AppError } from '../errors';
import type { EncodedRows } from './encoded-rows';
import type { Recipe } from './recipe';
import { recipeVectors } from './vectors';
import { characterTerms } from './characters';

export interface RecipePart {
  recipe: Recipe;
  /** [columns] what the vectors are relative to; null where the recipe does not centre. */
  centre: Float32Array | null;
  /** [classes, columns] */
  weight: Float32Array;
  /** [classes] */
  bias: Float32Array;
  /** Part in the mean of log-probabilities; all shares add up to 1. */
  share: number;
}

/** Logistic regression on TF-IDF of characters. */
export interface CharacterPart {
  /** [terms] in the order of the columns. */
  terms: string[];
  /** [terms] */
  idf: Float32Array;
  /** [classes, terms] */
  weight: Float32Array;
  /** [classes] */
  bias: Float32Array;
  share: number;
}

export interface RecipeModel {
  kind: 'recipes';
  classes: number;
  parts: RecipePart[];
  characters: CharacterPart | null;
}

/** Log-probabilities are not lower than this, so that one part cannot rule a label out for good. */
const LEAST_LOG = Math.log(1e-6);

/** Probabilities [rows, classes] of rows; `texts` by row, for characters, as they are or counted. Throws `non-finite`. */
export function answerRecipes(
  model: RecipeModel,
  encoded: readonly EncodedRows[],
  texts: readonly string[] | CountedTexts,
  rows: Int32Array,
): Float32Array {
  const { classes } = model;
  const answers: { share: number; probabilities: Float32Array }[] = model.parts.map((part) => {
    const x = recipeVectors(part.recipe, encoded, rows, part.centre);
    return { share: part.share, probabilities: predictProba(linear(part, x.columns), x) };
  });
  const { characters } = model;
  if (characters !== null) {
    const x = characterMatrix(characters, texts, rows);
    answers.push({ share: characters.share, probabilities: predictProba(linear(characters, x.columns), x) });
  }
  return meanOfLogs(answers, classes);
}

function characterMatrix(
  { terms, idf }: Pick<CharacterPart, 'terms' | 'idf'>,
  texts: readonly string[] | CountedTexts,
  rows: Int32Array,
): SparseMatrix {
  const learnt = Float64Array.from(idf);
  if (texts instanceof CountedTexts) return texts.transform({ terms: texts.numbersOf(terms), idf: learnt }, rows);
  const vocabulary = new Map(terms.map((term, column) => [term, column]));
  const own = Array.from(rows, (row) => texts[row] ?? '');
  return transformTfIdf({ vocabulary, idf: learnt }, own, characterTerms);
}

/** The normalised geometric mean of probabilities [rows, classes], weighted by shares. */
export function meanOfLogs(
  answers: readonly { share: number; probabilities: Float32Array }[],
  classes: number,
): Float32Array {
  const [only] = answers;
  if (only === undefined) throw new AppError('internal', 'A model without parts was asked.');
  if (!answers.every(({ probabilities }) => probabilities.every(Number.isFinite))) {
    throw new AppError(
      'non-finite',
      'An answer is not a finite number. The device or the model’s weights are damaged.',
    );
  }
  if (answers.length === 1) return only.probabilities;
  const mean = new Float32Array(only.probabilities.length);
  const logs = new Float64Array(classes);
  for (let start = 0; start < mean.length; start += classes) {
    logs.fill(0);
    for (const { share, probabilities } of answers) {
      for (let c = 0; c < classes; c++) {
        const log = Math.max(LEAST_LOG, Math.log(probabilities[start + c] ?? 0));
        logs[c] = (logs[c] ?? 0) + share * log;
      }
    }
    const total = logs.reduce((sum, log) => sum + Math.exp(log), 0);
    for (let c = 0; c < classes; c++) mean[start + c] = Math.exp(logs[c] ?? 0) / total;
  }
  return mean;
}

function linear({ weight, bias }: Pick<RecipePart, 'weight' | 'bias'>, columns: number) {
  return { classes: bias.length, columns, weights: Float64Array.from(weight), bias: Float64Array.from(bias) };
}
