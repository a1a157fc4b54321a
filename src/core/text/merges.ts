/**
 * Byte-pair encoding (Sennrich et al. 2016): a word begins as single letters, and of all neighbours that the vocabulary
 * has as a pair, the one learned first is joined, the leftmost of equal ones, until there is none.
 * A heap of pairs and links between neighbours: a word of n letters takes n·log n, however long it is.
 */

/** Ids are below it, so that a pair of them is one exact number. */
const PAIR = 2 ** 26;

export interface MergeRules {
  vocab: ReadonlyMap<string, number>;
  /** Pairs in the order in which they were learned. */
  merges: readonly (readonly [left: string, right: string])[];
  /** A word that is in the vocabulary is taken whole, whatever its pairs would give. */
  wholeWords: boolean;
}

/** Joins pairs; `MergeFault` is thrown by the constructor where a pair is not in the vocabulary. */
export class Merger {
  readonly #vocab: ReadonlyMap<string, number>;
  readonly #wholeWords: boolean;
  /** Pair of ids → its place among the merges. */
  readonly #ranks = new Map<number, number>();
  /** [rank] the id of both together. */
  readonly #joined: Int32Array;

  constructor({ vocab, merges, wholeWords }: MergeRules) {
    this.#vocab = vocab;
    this.#wholeWords = wholeWords;
    this.#joined = new Int32Array(merges.length);
    for (const [rank, [left, right]] of merges.entries()) {
      const ids = [left, right, left + right].map((token) => vocab.get(token));
      const [leftId, rightId, joinedId] = ids;
      if (leftId === undefined || rightId === undefined || joinedId === undefined) {
        throw new MergeFault(`merge ${rank + 1} joins what is not in its vocabulary`);
      }
      const pair = leftId * PAIR + rightId;
      // Of a pair that is listed twice the last counts, as in Hugging Face's map.
      this.#ranks.set(pair, rank);
      this.#joined[rank] = joinedId;
    }
  }

  /** Ids of a word; a letter that is not in the vocabulary has none. */
  split(word: string): number[] {
    const whole = this.#wholeWords ? this.#vocab.get(word) : undefined;
    if (whole !== undefined) return [whole];
    const letters: number[] = [];
    for (const letter of word) {
      const id = this.#vocab.get(letter);
      if (id !== undefined) letters.push(id);
    }
    return this.#join(letters);
  }

  #join(letters: number[]): number[] {
    const { length } = letters;
    const ids = Int32Array.from(letters);
    /** Neighbours; −1 where there is none. */
    const before = Int32Array.from(letters, (_, i) => i - 1);
    const after = Int32Array.from(letters, (_, i) => (i + 1 < length ? i + 1 : -1));
    const gone = new Uint8Array(length);
    const heap = new PairHeap();
    const offer = (left: number): void => {
      const right = left < 0 ? -1 : (after[left] ?? -1);
      if (right < 0) return;
      const rank = this.#ranks.get((ids[left] ?? 0) * PAIR + (ids[right] ?? 0));
      if (rank !== undefined) heap.push(rank, left);
    };
    for (let i = 0; i + 1 < length; i++) offer(i);

    for (let next = heap.pop(); next !== null; next = heap.pop()) {
      const { rank, place: left } = next;
      const right = after[left] ?? -1;
      if (gone[left] === 1 || right < 0) continue;
      // What stands there may have been joined to something else meanwhile.
      if (this.#ranks.get((ids[left] ?? 0) * PAIR + (ids[right] ?? 0)) !== rank) continue;
      ids[left] = this.#joined[rank] ?? 0;
      gone[right] = 1;
      const further = after[right] ?? -1;
      after[left] = further;
      if (further >= 0) before[further] = left;
      offer(before[left] ?? -1);
      offer(left);
    }
    return letters.flatMap((_, i) => (gone[i] === 1 ? [] : [ids[i] ?? 0]));
  }
}

/** Why pairs cannot be joined. */
export class MergeFault extends Error {}

/** Pairs that can be joined: the lowest rank first, of equal ranks the leftmost. */
class PairHeap {
  /** rank · 2²⁶ + place, a binary heap. */
  readonly #keys: number[] = [];

  push(rank: number, place: number): void {
    const keys = this.#keys;
    const key = rank * PAIR + place;
    let at = keys.length;
    keys.push(key);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = keys[parent] ?? 0;
      if (above <= key) break;
      keys[at] = above;
      at = parent;
    }
    keys[at] = key;
  }

  pop(): { rank: number; place: number } | null {
    const keys = this.#keys;
    const [first] = keys;
    const last = keys.pop();
    if (first === undefined || last === undefined) return null;
    if (keys.length > 0) this.#sink(last);
    return { rank: Math.floor(first / PAIR), place: first % PAIR };
  }

  #sink(key: number): void {
    const keys = this.#keys;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= keys.length) break;
      if (child + 1 < keys.length && (keys[child + 1] ?? 0) < (keys[child] ?? 0)) child++;
      const below = keys[child] ?? 0;
      if (below >= key) break;
      keys[at] = below;
      at = child;
    }
    keys[at] = key;
  }
}
