/** A step's examples cut into parts that fit in memory, and how much further they can be cut. */
import { bucketLength, splitMicroBatches } from '../../core/text/batches';

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

/** Cuts each of some batches into parts of at most `maxTokens` padded tokens, a longer example standing alone; in order. */
export function cutBatches(
  batches: readonly (readonly number[])[],
  lengths: ArrayLike<number>,
  maxTokens: number,
): MicroBatches {
  const parts = batches.flatMap((batch) => splitMicroBatches(batch, lengths, maxTokens));
  const padded = (part: number[]): number => part.length * bucketLength(Math.max(...part.map((i) => lengths[i] ?? 0)));
  // Not as arguments of one call: there can be more parts than a call takes.
  const cuttable = parts.reduce((most, part) => (part.length > 1 ? Math.max(most, padded(part)) : most), 0);
  return { parts, cuttable };
}
