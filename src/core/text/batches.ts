/**
 * Which rows are computed together, and how they are padded. Rows of like length go together and lengths are
 * rounded up to few buckets: little padding, and few buffer sizes for a GPU pool that never shrinks.
 */
import { shuffle, type Random } from '../random';

/** Padded token ids of some rows; padding is on the right, so `lengths` says all that a mask would. */
export interface TokenBatch {
  batch: number;
  tokens: number;
  /** [batch, tokens] */
  ids: Int32Array;
  /** [batch] real ids of each row */
  lengths: Int32Array;
}

/** Steps of 8 where most texts are, wider above. */
const BUCKETS = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512];

/** Rows of similar length that are looked at together when an epoch is cut into batches. */
const SORT_WINDOW_BATCHES = 8;

/** The padded length of rows whose longest has `length` ids. */
export function bucketLength(length: number): number {
  return BUCKETS.find((bucket) => bucket >= length) ?? Math.ceil(length / 64) * 64;
}

/** Pads rows of ids to the bucket of the longest. */
export function padBatch(examples: readonly Int32Array[], padId = 0): TokenBatch {
  const lengths = Int32Array.from(examples, (ids) => ids.length);
  const tokens = bucketLength(lengths.reduce((a, b) => Math.max(a, b), 0));
  const ids = new Int32Array(examples.length * tokens).fill(padId);
  examples.forEach((example, row) => ids.set(example, row * tokens));
  return { batch: examples.length, tokens, ids, lengths };
}

/** Above this share of the tokens a second pass is not worth its own cost. */
const WORTH_APART = 0.75;

/**
 * Rows that stand in one step, in groups that are padded apart: two by length, the shorter first, cut where least is
 * padded; one, as they came, where that would save less than a quarter of the tokens. `lengths` by row.
 */
export function lengthGroups(rows: readonly number[], lengths: ArrayLike<number>): number[][] {
  const lengthOf = (row: number): number => lengths[row] ?? 0;
  const sorted = byLength([...rows], lengths);
  const tokensOf = (count: number, longest: number): number => count * bucketLength(longest);
  const longest = lengthOf(sorted.at(-1) ?? 0);
  let best = { cut: 0, tokens: WORTH_APART * tokensOf(rows.length, longest) };
  for (let cut = 1; cut < sorted.length; cut++) {
    const tokens = tokensOf(cut, lengthOf(sorted[cut - 1] ?? 0)) + tokensOf(sorted.length - cut, longest);
    if (tokens < best.tokens) best = { cut, tokens };
  }
  return best.cut === 0 ? [[...rows]] : [sorted.slice(0, best.cut), sorted.slice(best.cut)];
}

/**
 * Row numbers in batches for a pass without gradients: longest first, so that memory runs out at once or not at all.
 * A batch has at most `maxRows` rows and at most `maxTokens` padded tokens (a single longer row stands alone).
 */
export function inferenceBatches(
  lengths: ArrayLike<number>,
  { maxRows = 64, maxTokens = 2048 }: { maxRows?: number; maxTokens?: number } = {},
): number[][] {
  const rows = byLength(
    Array.from(lengths, (_, row) => row),
    lengths,
  ).reverse();
  const batches: number[][] = [];
  let current: number[] = [];
  let tokens = 0;
  for (const row of rows) {
    if (current.length === maxRows || (current.length + 1) * tokens > maxTokens || current.length === 0) {
      current = [];
      batches.push(current);
      tokens = bucketLength(lengths[row] ?? 0);
    }
    current.push(row);
  }
  return batches;
}

/**
 * One epoch of training: every row once, in batches of `batchSize` (the last may be smaller).
 * Rows are shuffled, sorted by length within windows of a few batches, cut, and the batches shuffled again.
 */
export function trainingBatches(lengths: ArrayLike<number>, batchSize: number, random: Random): number[][] {
  const rows = shuffle(
    Array.from(lengths, (_, row) => row),
    random,
  );
  const batches: number[][] = [];
  const windowRows = batchSize * SORT_WINDOW_BATCHES;
  for (let start = 0; start < rows.length; start += windowRows) {
    const window = byLength(rows.slice(start, start + windowRows), lengths);
    for (let i = 0; i < window.length; i += batchSize) batches.push(window.slice(i, i + batchSize));
  }
  return shuffle(batches, random);
}

/** Cuts a batch into parts of at most `maxTokens` padded tokens, so that a step over long rows fits in memory. */
export function splitMicroBatches(rows: readonly number[], lengths: ArrayLike<number>, maxTokens: number): number[][] {
  const parts: number[][] = [];
  let part: number[] = [];
  let longest = 0;
  for (const row of rows) {
    longest = Math.max(longest, lengths[row] ?? 0);
    if (part.length === 0 || (part.length + 1) * bucketLength(longest) > maxTokens) {
      part = [];
      parts.push(part);
      longest = lengths[row] ?? 0;
    }
    part.push(row);
  }
  return parts;
}

/** Stable: equal lengths keep their order. */
function byLength(rows: number[], lengths: ArrayLike<number>): number[] {
  return rows.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0));
}
