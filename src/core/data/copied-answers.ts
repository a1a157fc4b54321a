/**
 * Answers that stand in the training rows: word for word (case, punctuation and blanks aside), or nearly, when the sets of
 * their words and pairs of neighbours have a Jaccard similarity of at least 0.75. Unlike near copies of texts, numbers and
 * names count here: «72 degrees» is no copy of «31 degrees». Under eight words only equality says anything.
 */
import { answerWords } from '../metrics/answers/words';
import { normaliseText } from './groups';
import { BANDS, jaccard, shinglesOf, writeBandKeys } from './shingles';

const LEAST_WORDS = 8;
const SIMILAR = 0.75;
/** So many candidates of a key are compared: texts that meet under one are mostly alike. */
const MOST_COMPARED = 32;

export type Repeated = 'exactly' | 'nearly';

/** Answers to look among, each with the number of the fold that it is held out in: there it is no training answer. */
export class AnswerIndex {
  readonly #answers: readonly string[];
  readonly #heldOutIn: Int32Array;
  readonly #exact = new Map<string, number[]>();
  readonly #bands = new Map<number, number[]>();
  readonly #shingles = new Map<number, Uint32Array>();

  /** `heldOutIn` [answers]: −1 for one that is trained on always. */
  constructor(answers: readonly string[], heldOutIn: Int32Array) {
    this.#answers = answers;
    this.#heldOutIn = heldOutIn;
    // The same answer again and again is one candidate a fold.
    const seen = new Set<string>();
    for (const [row, answer] of answers.entries()) {
      const form = normaliseText(answer);
      add(this.#exact, form, row);
      const key = `${heldOutIn[row] ?? -1} ${form}`;
      if (seen.has(key)) continue;
      seen.add(key);
      for (const band of bandKeys(answer)) add(this.#bands, band, row);
    }
  }

  /** How an answer stands in the rows that a fold trains on; null where it does not. */
  find(answer: string, fold: number): Repeated | null {
    const form = normaliseText(answer);
    if (form === '') return null;
    const isTrained = (row: number): boolean => this.#heldOutIn[row] !== fold;
    if (this.#exact.get(form)?.some(isTrained)) return 'exactly';
    const words = answerWords(answer);
    if (words.length < LEAST_WORDS) return null;
    const own = shinglesOf(words);
    for (const band of bandKeys(answer)) {
      const candidates = (this.#bands.get(band) ?? []).filter(isTrained).slice(0, MOST_COMPARED);
      if (candidates.some((row) => jaccard(own, this.#shinglesOf(row)) >= SIMILAR)) return 'nearly';
    }
    return null;
  }

  #shinglesOf(row: number): Uint32Array {
    let known = this.#shingles.get(row);
    if (!known) this.#shingles.set(row, (known = shinglesOf(answerWords(this.#answers[row] ?? ''))));
    return known;
  }
}

/** Keys under which similar answers meet; none for a short one. A band's number keeps its keys apart from the others'. */
function bandKeys(answer: string): number[] {
  const words = answerWords(answer);
  if (words.length < LEAST_WORDS) return [];
  const keys = new Uint32Array(BANDS);
  writeBandKeys(shinglesOf(words), keys, 0);
  return Array.from(keys, (key, band) => key * BANDS + band);
}

function add<K>(map: Map<K, number[]>, key: K, row: number): void {
  const known = map.get(key);
  if (known) known.push(row);
  else map.set(key, [row]);
}
