/** A step's examples cut into parts that fit in memory and can be shared, and how much further they can be cut. */
import { bucketLength, splitMicroBatches } from '../../core/text/batches';
import { MOST_SHARED, SHARED_TOKENS } from './budget';

export interface MicroBatches {
  /** Positions in `lengths`. */
  parts: number[][];
  /** Padded tokens of the largest part with more than one example; 0 when there is none. */
  cuttable: number;
}

/** For each part how many examples come before it: whatever the cut, an example has the same place in the step. */
export function countsBefore(parts: readonly (readonly unknown[])[]): number[] {
  let count = 0;
  return parts.map((part) => (count += part.length) - part.length);
}

/**
 * Cuts each of some batches into parts of at most `maxTokens` padded tokens, a longer example standing alone; in order.
 * `shared`: into several where threads could share them, by the batch alone, whether there are any or not.
 */
export function cutBatches(
  batches: readonly (readonly number[])[],
  lengths: ArrayLike<number>,
  maxTokens: number,
  shared = false,
): MicroBatches {
  const fitting = batches.flatMap((batch) => splitMicroBatches(batch, lengths, maxTokens));
  const parts = shared
    ? fitting.flatMap((part) => inEqualParts(part, sharedParts(part.length, paddedTokens(part, lengths))))
    : fitting;
  // Not as arguments of one call: there can be more parts than a call takes.
  const cuttable = parts.reduce(
    (most, part) => (part.length > 1 ? Math.max(most, paddedTokens(part, lengths)) : most),
    0,
  );
  return { parts, cuttable };
}

/** Tokens of a part with its padding. */
export function paddedTokens(part: readonly number[], lengths: ArrayLike<number>): number {
  return part.length * bucketLength(part.reduce((most, i) => Math.max(most, lengths[i] ?? 0), 0));
}

/** In how many parts so many examples of so many padded tokens are shared: two from `SHARED_TOKENS` on. */
export function sharedParts(examples: number, tokens: number): number {
  if (tokens < SHARED_TOKENS) return 1;
  return Math.min(examples, MOST_SHARED, Math.max(2, Math.floor(tokens / SHARED_TOKENS)));
}

function inEqualParts(examples: number[], count: number): number[][] {
  const from = (i: number): number => Math.floor((i * examples.length) / count);
  return Array.from({ length: count }, (_, i) => examples.slice(from(i), from(i + 1)));
}
