/** The training rows that a text is nearest to, by the vectors that a model goes by. */
import type { DenseMatrix } from '../baselines/matrix';

/** A text among the training rows, with the first row that has it. */
export interface NearRow {
  line: number;
  text: string;
  /** What its rows are called; of several, the one that most of them have. */
  label: string;
  /** Cosine of the centred vectors, −1 to 1. */
  similarity: number;
  /** It is the very text that was asked. */
  same: boolean;
  /** Rows that have it, in the model's eyes. */
  copies: number;
  /** Different labels of these rows. */
  labels: number;
}

export type Nearest =
  | {
      kind: 'rows';
      /** The nearest first. */
      near: NearRow[];
      /** Ids of the models whose vectors were compared. */
      encoders: string[];
      /** False where training changed the encoder: the vectors are those of the model as it came. */
      asAnswered: boolean;
      /** Training rows that were compared. */
      rows: number;
    }
  /** Vectors of so many texts are not kept, and nobody said to read them. */
  | { kind: 'unread'; texts: number; missing: number };

/** So many texts that are not kept are read without asking. */
export const READ_UNASKED = 500;

/** So many different texts are compared at most: their vectors stand in memory. */
export const MAX_COMPARED = 50_000;

/** Numbers of the `count` rows with the largest cosine to `asked`, the nearest first; rows of vectors have length 1. */
export function nearestTo(
  vectors: DenseMatrix,
  asked: Float32Array,
  count: number,
): { row: number; similarity: number }[] {
  const { values, columns } = vectors;
  const found: { row: number; similarity: number }[] = [];
  for (let row = 0; row * columns < values.length; row++) {
    let similarity = 0;
    for (let j = 0; j < columns; j++) similarity += (values[row * columns + j] ?? 0) * (asked[j] ?? 0);
    if (found.length === count && similarity <= (found.at(-1)?.similarity ?? -Infinity)) continue;
    const at = found.findIndex((one) => one.similarity < similarity);
    found.splice(at < 0 ? found.length : at, 0, { row, similarity });
    if (found.length > count) found.pop();
  }
  return found;
}
