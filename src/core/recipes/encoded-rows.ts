/** What encoders made of texts, before any recipe. */
import { AppError } from '../errors';

/** Token means of an encoder's last three layers for some texts, oldest layer first, not normalised. */
export interface LayerMeans {
  /** Id of the model. */
  encoder: string;
  hiddenSize: number;
  layers: 3;
  /** [texts, 3, hidden] */
  values: Float32Array;
}

/** What one encoder made of rows: rows with the same tokens share their means. */
export interface EncodedRows {
  means: LayerMeans;
  /** [rows] which of the texts in `means` a row has; for labels' names −1 where a label has none. */
  of: Int32Array;
}

/** Labelled rows that recipes are fitted to. */
export interface RecipeCorpus {
  /** One per encoder; the first is the plain recipe's. */
  encoded: readonly EncodedRows[];
  /** [rows] */
  texts: readonly string[];
  /** [rows], 0 … classes − 1 */
  labels: Int32Array;
  /** [rows]; rows of one group stay on one side of every split. */
  groups: Int32Array;
  classes: number;
  /** The labels' names in the order of the labels, one per encoder in the same order; empty = no label has a name. */
  names: readonly EncodedRows[];
}

/** What the encoder of that id made. Throws `internal` where it did not read the rows. */
export function encodedBy(encoded: readonly EncodedRows[], id: string): EncodedRows {
  const own = encoded.find(({ means }) => means.encoder === id);
  if (own === undefined) throw new AppError('internal', `The encoder “${id}” has not read these rows.`);
  return own;
}
