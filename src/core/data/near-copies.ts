/**
 * Near copies: texts that are the same but for numbers, names or a few words. Two texts are near copies when
 * - their folded words (see folded-words) are the same, at least two of them plain, or four where names were folded; or
 * - both have at least 8 folded words, and the sets of their words and pairs of neighbours have a Jaccard similarity of
 *   at least 0.75. Shorter texts need equality: «how do I change my passcode» and «how do I change my identity» are two.
 * Near copies of near copies are one cluster.
 *
 * Candidates are texts that meet under a key of shingles.ts (similarity 0.75: with a chance of 0.98). Each is checked
 * exactly, against at most 8 others of its bucket that are not in one cluster yet: so the time is linear in the number
 * of texts.
 *
 * Measured (distinct texts in clusters, largest cluster, clusters of several labels): Banking77 3.5 % of 9,974, 6, 5 of
 * 152; TREC-6 2.8 % of 5,376, 12 («What does the name Justin mean ?»), 1 of 63; SMS spam 4.0 % of 4,114, 9, 0 of 64; AG
 * News 3.1 % of 9,995, 3, 13 of 150. At 0.65 Banking77 has three times as many pairs, of which one in ten differ in
 * label; at 0.75 one in twenty-five. 100,000 texts of 16 words take 2 s and 40 bytes each; 1,000,000 take 20 s.
 */
import { foldWords, NAME, NUMBER } from './folded-words';
import { BANDS, hashWords, jaccard, shinglesOf, writeBandKeys } from './shingles';
import { Union } from './union';

const LEAST_PLAIN = 2;
const LEAST_PLAIN_WITH_NAMES = 4;
const LEAST_WORDS = 8;
const SIMILAR = 0.75;
const MOST_COMPARED = 8;
/** Sets of shingles that are kept for the next comparison. */
const MOST_KEPT = 20_000;
/** Places of texts share a double with a key of 32 bits. */
const MOST_TEXTS = 2 ** 21;

/**
 * Cluster of every text [texts], 0, 1, 2 … in the order of first appearance; a text without near copies has its own.
 * Texts after the first 2,097,152 are only compared by their folded words.
 */
export function clusterNearCopies(texts: readonly string[]): Int32Array {
  const clusters = new Union(texts.length);
  const places: number[] = [];
  let keys = new Uint32Array(1024 * BANDS);
  const firstOf = new Map<number, number>();
  for (const [i, text] of texts.entries()) {
    const { words, plain } = foldWords(text);
    const least = words.includes(NAME) ? LEAST_PLAIN_WITH_NAMES : words.includes(NUMBER) ? LEAST_PLAIN : Infinity;
    if (plain >= least) {
      const key = hashWords(words);
      const first = firstOf.get(key);
      if (first !== undefined && foldWords(texts[first] ?? '').words.join(' ') === words.join(' ')) {
        clusters.join(first, i);
        continue;
      }
      firstOf.set(key, i);
    }
    if (words.length < LEAST_WORDS || places.length === MOST_TEXTS) continue;
    if (keys.length === places.length * BANDS) keys = grown(keys);
    writeBandKeys(shinglesOf(words), keys, places.length * BANDS);
    places.push(i);
  }
  firstOf.clear();
  const cache = new ShingleCache(texts);
  for (let band = 0; band < BANDS; band++) {
    for (const bucket of buckets(keys, band, places)) joinBucket(bucket, clusters, cache);
  }
  return clusters.numbers();
}

function joinBucket(bucket: readonly number[], clusters: Union, cache: ShingleCache): void {
  const apart: number[] = [];
  for (const text of bucket) {
    const near = apart.find(
      (other) => clusters.isSame(other, text) || jaccard(cache.get(other), cache.get(text)) >= SIMILAR,
    );
    if (near !== undefined) clusters.join(near, text);
    else if (apart.length < MOST_COMPARED) apart.push(text);
  }
}

/** Texts with the same key in a band, where there are several. */
function* buckets(keys: Uint32Array, band: number, places: readonly number[]): Generator<number[]> {
  const order = Float64Array.from(places, (_, at) => (keys[at * BANDS + band] ?? 0) * MOST_TEXTS + at).sort();
  const keyAt = (at: number): number => Math.floor((order[at] ?? -1) / MOST_TEXTS);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && keyAt(to) === keyAt(from)) to += 1;
    if (to > from + 1) yield Array.from(order.subarray(from, to), (value) => places[value % MOST_TEXTS] ?? 0);
    from = to;
  }
}

/** Shingles by text, made when asked for; the cache is cleared when it is full. */
class ShingleCache {
  readonly #texts: readonly string[];
  readonly #kept = new Map<number, Uint32Array>();

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  get(text: number): Uint32Array {
    const known = this.#kept.get(text);
    if (known) return known;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    const shingles = shinglesOf(foldWords(this.#texts[text] ?? '').words);
    this.#kept.set(text, shingles);
    return shingles;
  }
}

function grown(keys: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(keys.length * 2);
  larger.set(keys);
  return larger;
}
