/** Characters as terms: scikit-learn's `analyzer='char_wb', ngram_range=(2, 5)`. */
import { fitTfIdf, type TfIdf } from '../baselines/tf-idf';

const LEAST = 2;
const MOST = 5;

/** Weights of a model, terms × classes: 16 MB of a kept model at most. */
const MOST_WEIGHTS = 4e6;

/** Learns terms and idf from training texts; of very many terms the commonest, which tell most. */
export function fitCharacterTerms(texts: readonly string[], classes: number, mostWeights = MOST_WEIGHTS): TfIdf {
  const all = fitTfIdf(texts, characterTerms);
  const most = Math.max(1, Math.floor(mostWeights / classes));
  if (all.idf.length <= most) return all;
  // The smaller the idf, the commoner the term; of equally common ones, the first seen.
  const columns = Array.from(all.idf.keys()).sort((a, b) => (all.idf[a] ?? 0) - (all.idf[b] ?? 0) || a - b);
  const isKept = new Uint8Array(all.idf.length);
  for (const column of columns.slice(0, most)) isKept[column] = 1;
  const terms = [...all.vocabulary].filter(([, column]) => isKept[column] === 1);
  return {
    vocabulary: new Map(terms.map(([term], i) => [term, i])),
    idf: Float64Array.from(terms, ([, column]) => all.idf[column] ?? 0),
  };
}

/** Runs of 2 to 5 characters within the words of a text, each word between two spaces. */
export function characterTerms(text: string): string[] {
  const terms: string[] = [];
  for (const word of text.toLowerCase().split(/\s+/u)) {
    if (word === '') continue;
    const letters = [' ', ...word, ' '];
    for (let size = LEAST; size <= MOST; size++) {
      // A word shorter than the run is its own only run, once.
      if (letters.length <= size) {
        terms.push(letters.join(''));
        break;
      }
      for (let start = 0; start + size <= letters.length; start++)
        terms.push(letters.slice(start, start + size).join(''));
    }
  }
  return terms;
}
