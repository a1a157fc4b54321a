/** Which texts are nearest to another by their words: cosine of TF-IDF vectors, whose rows have length 1. */
import { fitTfIdf, transformTfIdf } from '../src/core/baselines/tf-idf';

/**
 * For each query the `k` nearest of some texts, nearest first, as numbers into them; of equally near ones the first. Texts
 * that share no word with a query are not near to it.
 */
export function nearestRows(texts: readonly string[], queries: readonly string[], k: number): number[][] {
  const model = fitTfIdf(texts);
  const rows = transformTfIdf(model, texts);
  // By word, the texts that have it and its value in each.
  const postings: { text: number; value: number }[][] = Array.from({ length: rows.columns }, () => []);
  for (const text of texts.keys()) {
    for (let at = rows.rowStarts[text] ?? 0; at < (rows.rowStarts[text + 1] ?? 0); at++) {
      postings[rows.columnIndices[at] ?? 0]?.push({ text, value: rows.values[at] ?? 0 });
    }
  }
  const asked = transformTfIdf(model, queries);
  return queries.map((_, query) => {
    const similarity = new Map<number, number>();
    for (let at = asked.rowStarts[query] ?? 0; at < (asked.rowStarts[query + 1] ?? 0); at++) {
      for (const { text, value } of postings[asked.columnIndices[at] ?? 0] ?? []) {
        similarity.set(text, (similarity.get(text) ?? 0) + value * (asked.values[at] ?? 0));
      }
    }
    return [...similarity]
      .sort(([a, near], [b, nearer]) => nearer - near || a - b)
      .slice(0, k)
      .map(([text]) => text);
  });
}
