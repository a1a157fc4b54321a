/**
 * Under which keys what was computed of texts is kept between runs.
 *
 * Texts fall into buckets by a hash of their token ids, about 64 texts each; a bucket is stored under a hash of what
 * is in it. The same data is found again whole; a changed row costs its bucket.
 */
import { AppError } from '../../core/errors';
import type { FeatureStore, StatePiece } from '../../core/run/experiment';

const BUCKET_TEXTS = 64;
/** All of its bits are set in what is not finite. */
const HALF_EXPONENT = 0x7c00;

export interface Bucket {
  key: string;
  /** Positions in `tokenIds`, in an order that depends on their content only. */
  texts: number[];
}

/**
 * Whether values, or the bits of float16, may be kept: all are finite. Kept, those of a device that failed would be
 * found again by every later run.
 */
export function mayBeKept(values: StatePiece): boolean {
  return values instanceof Uint16Array
    ? values.every((bits) => (bits & HALF_EXPONENT) !== HALF_EXPONENT)
    : values.every((value) => Number.isFinite(value));
}

/** False when there is no room, which is said: the run goes on without keeping `what`. */
export async function keepBucket(
  store: FeatureStore,
  key: string,
  values: StatePiece,
  what: string,
  onLog: (message: string) => void,
): Promise<boolean> {
  try {
    await store.put(key, values);
    return true;
  } catch (error) {
    if (!(error instanceof AppError && (error.code === 'storage-full' || error.code === 'storage-failed'))) throw error;
    onLog(`${what} are not kept for the next run: ${error.message}`);
    return false;
  }
}

/** The buckets of some texts; `prefix` goes before each key and says what is kept of them, and how it was made. */
export function bucketsOf(tokenIds: readonly Int32Array[], prefix: string): Bucket[] {
  const hashed = tokenIds.map((ids, text) => ({ text, hash: hashOf(ids.join()) }));
  hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  // A power of two, so that a few rows more or less leave the buckets as they are.
  const buckets = 2 ** Math.max(0, Math.ceil(Math.log2(tokenIds.length / BUCKET_TEXTS)));
  const members = new Map<number, { text: number; hash: string }[]>();
  for (const entry of hashed) {
    const bucket = Math.floor((parseInt(entry.hash.slice(0, 8), 16) / 2 ** 32) * buckets);
    const known = members.get(bucket);
    if (known) known.push(entry);
    else members.set(bucket, [entry]);
  }
  return [...members.values()].map((entries) => ({
    key: `${prefix}/${hashOf(entries.map(({ hash }) => hash).join())}`,
    texts: entries.map(({ text }) => text),
  }));
}

/** 128 bits in hex: cyrb128 (bryc, public domain). Good against chance, not against an adversary, who would only fool himself. */
function hashOf(text: string): string {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ k, 597399067);
    b = c ^ Math.imul(b ^ k, 2869860233);
    c = d ^ Math.imul(c ^ k, 951274213);
    d = a ^ Math.imul(d ^ k, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, d ^ a].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
}
