/** Characters as terms: scikit-learn's `analyzer='char_wb', ngram_range=(2, 5)`. */
import { CountedTexts, type CountedTfIdf } from '../baselines/counted-texts';
import type { RecipeCorpus } from './encoded-rows';

const LEAST = 2;
const MOST = 5;

/** Weights of a model, terms × classes: 16 MB of a kept model at most. */
const MOST_WEIGHTS = 4e6;

/** Learns terms and idf from rows; of very many terms the commonest, which tell most. */
export function fitCharacterTerms(
  counted: CountedTexts,
  rows: Int32Array,
  classes: number,
  mostWeights = MOST_WEIGHTS,
): CountedTfIdf {
  const all = counted.fit(rows);
  const most = Math.max(1, Math.floor(mostWeights / classes));
  if (all.idf.length <= most) return all;
  // The smaller the idf, the commoner the term; of equally common ones, the first seen.
  const columns = Int32Array.from(all.idf.keys()).sort((a, b) => (all.idf[a] ?? 0) - (all.idf[b] ?? 0) || a - b);
  const kept = columns.subarray(0, most).sort();
  return {
    terms: kept.map((column) => all.terms[column] ?? 0),
    idf: Float64Array.from(kept, (column) => all.idf[column] ?? 0),
  };
}

/** The characters of a corpus: its texts are cut once, whoever fits to their rows. */
export function countedCharacters({ texts }: Pick<RecipeCorpus, 'texts'>): CountedTexts {
  const known = countedBy.get(texts);
  if (known) return known;
  const counted = new CountedTexts(texts, characterTerms);
  countedBy.set(texts, counted);
  return counted;
}

const countedBy = new WeakMap<readonly string[], CountedTexts>();

/** Runs of 2 to 5 characters within the words of a text, each word between two spaces. */
export function characterTerms(text: string): string[] {
  const terms: string[] = [];
  for (const word of text.toLowerCase().split(/\s+/u)) {
    if (word === '') continue;
    const padded = ` ${word} `;
    const starts = letterStarts(padded);
    const letters = starts.length - 1;
    for (let size = LEAST; size <= MOST; size++) {
      // A word shorter than the run is its own only run, once.
      if (letters <= size) {
        terms.push(padded);
        break;
      }
      for (let start = 0; start + size <= letters; start++)
        terms.push(padded.slice(starts[start], starts[start + size]));
    }
  }
  return terms;
}

/** Where each letter of a text begins, and where the last ends: a letter may be two units of a string. */
function letterStarts(text: string): number[] {
  const starts = [0];
  for (const letter of text) starts.push((starts.at(-1) ?? 0) + letter.length);
  return starts;
}
