/**
 * Layer means to the vectors of a recipe: a block per encoder and layer, each of length 1, centred on the training
 * rows and of length 1 again; joined so that the whole has length 1, for which C was chosen.
 */
import { denseMatrix, type DenseMatrix } from '../baselines/matrix';
import { type EncodedRows, encodedBy } from './encoded-rows';
import { columnsOf, type Recipe } from './recipe';

/** Shorter vectors have no direction: they stay as they are. */
const NO_LENGTH = 1e-12;

/** Mean of the rows' blocks [columns], each row counted once; null where the recipe does not centre. */
export function centreOf(recipe: Recipe, encoded: readonly EncodedRows[], rows: Int32Array): Float32Array | null {
  if (!recipe.centred || rows.length === 0) return null;
  const columns = columnsOf(recipe, encoded);
  const sums = new Float64Array(columns);
  const values = unitBlocks(recipe, encoded, rows).values;
  for (let at = 0; at < values.length;) {
    for (let j = 0; j < columns; j++, at++) sums[j] = (sums[j] ?? 0) + (values[at] ?? 0);
  }
  return Float32Array.from(sums, (sum) => sum / rows.length);
}

/** The vectors of rows [rows, columns], each of length 1. */
export function recipeVectors(
  recipe: Recipe,
  encoded: readonly EncodedRows[],
  rows: Int32Array,
  centre: Float32Array | null,
): DenseMatrix {
  const matrix = unitBlocks(recipe, encoded, rows);
  const { columns, values } = matrix;
  if (centre !== null) {
    for (let at = 0; at < values.length;) {
      for (let j = 0; j < columns; j++, at++) values[at] = (values[at] ?? 0) - (centre[j] ?? 0);
    }
  }
  const blocks = recipe.layers * recipe.encoders.length;
  // The plain recipe's vectors are to the bit what one normalisation gives.
  if (centre !== null || blocks > 1) scaleBlocks(recipe, encoded, matrix, 1 / Math.sqrt(blocks));
  return matrix;
}

function unitBlocks(recipe: Recipe, encoded: readonly EncodedRows[], rows: Int32Array): DenseMatrix {
  const columns = columnsOf(recipe, encoded);
  const values = new Float32Array(rows.length * columns);
  let start = 0;
  for (const id of recipe.encoders) {
    const { means, of } = encodedBy(encoded, id);
    const width = recipe.layers * means.hiddenSize;
    const skipped = (means.layers - recipe.layers) * means.hiddenSize;
    for (let i = 0; i < rows.length; i++) {
      const from = (of[rows[i] ?? 0] ?? 0) * means.layers * means.hiddenSize + skipped;
      values.set(means.values.subarray(from, from + width), i * columns + start);
    }
    start += width;
  }
  const matrix = denseMatrix(values, columns);
  scaleBlocks(recipe, encoded, matrix, 1);
  return matrix;
}

/** Gives each block of each row the length `target`. */
function scaleBlocks(recipe: Recipe, encoded: readonly EncodedRows[], matrix: DenseMatrix, target: number): void {
  const { values } = matrix;
  const widths = recipe.encoders.flatMap((id) => {
    return new Array<number>(recipe.layers).fill(encodedBy(encoded, id).means.hiddenSize);
  });
  for (let at = 0; at < values.length;) {
    for (const width of widths) {
      let squares = 0;
      for (let j = at; j < at + width; j++) squares += (values[j] ?? 0) ** 2;
      const scale = target / Math.max(Math.sqrt(squares), NO_LENGTH);
      for (let j = at; j < at + width; j++) values[j] = (values[j] ?? 0) * scale;
      at += width;
    }
  }
}
