/**
 * Words and pairs of words as numbers: scikit-learn's `TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)` with
 * its other defaults: lower case, tokens of two or more word characters, smooth idf, rows of length 1. Columns stand
 * in the order of first appearance, not of the alphabet.
 */
import type { SparseMatrix } from './matrix';

/** Python's `(?u)\b\w\w+\b`: runs of at least two letters, digits or underscores; marks are no letters there. */
const TOKEN = /[\p{L}\p{N}_]{2,}/gu;

export interface TfIdf {
  /** Term → column. A Map, so that the word `constructor` is a word. */
  vocabulary: ReadonlyMap<string, number>;
  /** [columns]: ln((1 + n) / (1 + document frequency)) + 1 */
  idf: Float64Array;
}

/** Words of a text followed by its pairs of neighbouring words. */
export function termsOf(text: string): string[] {
  const words = text.toLowerCase().match(TOKEN) ?? [];
  return [...words, ...words.slice(1).map((word, i) => `${words[i] ?? ''} ${word}`)];
}

/** Cuts a text into its terms, repeated as often as they occur. */
export type TermsOf = (text: string) => readonly string[];

/** Learns the terms and their idf from training texts. */
export function fitTfIdf(texts: readonly string[], cut: TermsOf = termsOf): TfIdf {
  const vocabulary = new Map<string, number>();
  const documents: number[] = [];
  for (const text of texts) {
    for (const term of new Set(cut(text))) {
      const column = vocabulary.get(term) ?? vocabulary.size;
      vocabulary.set(term, column);
      documents[column] = (documents[column] ?? 0) + 1;
    }
  }
  return { vocabulary, idf: idfOf(documents, texts.length) };
}

/** [columns] ln((1 + n) / (1 + document frequency)) + 1 of so many texts. */
export function idfOf(documents: readonly number[], texts: number): Float64Array {
  return Float64Array.from(documents, (df) => Math.log((1 + texts) / (1 + df)) + 1);
}

/** Rows (1 + ln count) · idf over the known terms, scaled to length 1; a text without known terms is a row of zeros. */
export function transformTfIdf(
  { vocabulary, idf }: TfIdf,
  texts: readonly string[],
  cut: TermsOf = termsOf,
): SparseMatrix {
  const rowStarts = new Int32Array(texts.length + 1);
  const columnIndices: number[] = [];
  const values: number[] = [];
  texts.forEach((text, row) => {
    const counts = new Map<number, number>();
    for (const term of cut(text)) {
      const column = vocabulary.get(term);
      if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
    }
    const entries = [...counts]
      .sort(([a], [b]) => a - b)
      .map(([column, count]) => [column, (1 + Math.log(count)) * (idf[column] ?? 0)] as const);
    const length = Math.sqrt(entries.reduce((sum, [, value]) => sum + value * value, 0));
    for (const [column, value] of entries) {
      columnIndices.push(column);
      values.push(value / length);
    }
    rowStarts[row + 1] = values.length;
  });
  return {
    kind: 'sparse',
    rows: texts.length,
    columns: idf.length,
    rowStarts,
    columnIndices: Int32Array.from(columnIndices),
    values: Float64Array.from(values),
  };
}
