/**
 * ROUGE (Lin 2004) of one answer against the wanted one, as Google's rouge-score gives it without a stemmer: shared words,
 * shared pairs of neighbours, and the longest common subsequence of words. Shares 0–1.
 */
import { longestCommonLength } from './longest-common';
import { answerWords } from './words';

export interface RougeScore {
  precision: number;
  recall: number;
  f1: number;
}

/** ROUGE-N: n-grams of words that both have, each as often as both have it. */
export function rougeN(answer: string, wanted: string, n: number): RougeScore {
  const [own, theirs] = [nGrams(answerWords(answer), n), nGrams(answerWords(wanted), n)];
  let shared = 0;
  for (const [gram, count] of theirs) shared += Math.min(count, own.get(gram) ?? 0);
  return score(shared, total(own), total(theirs));
}

/** ROUGE-L: the longest subsequence of words that both have. */
export function rougeL(answer: string, wanted: string): RougeScore {
  const [own, theirs] = [answerWords(answer), answerWords(wanted)];
  return score(longestCommonLength(theirs, own), own.length, theirs.length);
}

function score(shared: number, own: number, theirs: number): RougeScore {
  const precision = own === 0 ? 0 : shared / own;
  const recall = theirs === 0 ? 0 : shared / theirs;
  return { precision, recall, f1: shared === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

function nGrams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= words.length; start++) {
    const gram = words.slice(start, start + n).join(' ');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
