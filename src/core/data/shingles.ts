/**
 * Texts as sets of hashed words and pairs of neighbours, and keys under which similar sets meet: MinHash (Broder 1997)
 * with banding. All hashes have fixed seeds, so that the same texts always meet.
 */

/** Bands of keys: two sets of similarity s share a key in one of them with the chance 1 − (1 − s⁴)¹⁰. */
export const BANDS = 10;
const BAND_ROWS = 4;

const SEEDS = Uint32Array.from({ length: BANDS * BAND_ROWS }, (_, i) => mix((i + 1) * 0x9e3779b1));

/** The set of a text's words and pairs of neighbours, hashed: ascending and without repetition. */
export function shinglesOf(words: readonly string[]): Uint32Array {
  const all = new Uint32Array(2 * words.length + 1);
  let before = 0;
  for (const [i, word] of words.entries()) {
    const hash = hashWord(word);
    all[2 * i] = hash;
    all[2 * i + 1] = mix(Math.imul(before, 0x85ebca6b) ^ hash);
    before = hash;
  }
  all[2 * words.length] = mix(Math.imul(before, 0x85ebca6b) ^ 1);
  all.sort();
  let kept = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i] ?? 0;
  return all.slice(0, kept);
}

/** Shared members over all members of two sets from `shinglesOf`. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  let j = 0;
  for (const value of a) {
    while (j < b.length && (b[j] ?? 0) < value) j += 1;
    if (b[j] === value) shared += 1;
  }
  return shared / Math.max(1, a.length + b.length - shared);
}

/** Writes one key for every band of a set to `into`, from `at` on. */
export function writeBandKeys(shingles: Uint32Array, into: Uint32Array, at: number): void {
  for (let band = 0; band < BANDS; band++) {
    let key = band + 1;
    for (let row = 0; row < BAND_ROWS; row++) {
      const seed = SEEDS[band * BAND_ROWS + row] ?? 0;
      let least = 0xffffffff;
      // By place: this loop is most of the search, and an iterator doubles it.
      for (let i = 0; i < shingles.length; i++) {
        const hash = Math.imul((shingles[i] ?? 0) ^ seed, 0x9e3779b1);
        const value = Math.imul(hash ^ (hash >>> 15), seed | 1) >>> 0;
        if (value < least) least = value;
      }
      key = mix(Math.imul(key, 0x01000193) ^ least);
    }
    into[at + band] = key;
  }
}

/** A hash of a word list under 2⁵³, for use as a key. */
export function hashWords(words: readonly string[]): number {
  let low = 1;
  let high = 2;
  for (const word of words) {
    const hash = hashWord(word);
    low = mix(Math.imul(low, 0x85ebca6b) ^ hash);
    high = mix(Math.imul(high, 0xc2b2ae35) ^ hash);
  }
  return low * 0x200000 + (high >>> 11);
}

/** FNV-1a over UTF-16 units. */
function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** MurmurHash3's finaliser: every bit of the input changes half the bits. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
