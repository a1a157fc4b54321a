/** The contrastive loss of a step: pairs of rows through the encoder, their similarity against the targets. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Pair } from './pairs';
import { bucketLength, padBatch } from '../../../core/text/batches';
import { encode, type Encoder } from '../../models/encoder';
import { cosineLoss } from '../../ops/cosine-loss';
import { countsBefore } from '../../fit/micro-batches';

/** Padded tokens of a pair whose longer row has `longest` ids: two rows of its length. */
export function pairTokens(longest: number): number {
  return 2 * bucketLength(longest);
}

/** One function per micro-batch; together the mean over all pairs of the step. */
export function pairLosses(
  encoder: Encoder,
  /** What is read of a row. */
  idsOf: (row: number) => Int32Array,
  microBatches: readonly (readonly Pair[])[],
  { dropout, seed }: { dropout: number; seed: number },
): (() => tf.Tensor)[] {
  const total = microBatches.reduce((sum, pairs) => sum + pairs.length, 0);
  const before = countsBefore(microBatches);
  return microBatches.map((pairs, micro) => () => {
    const rows = pairs.flatMap(({ a, b }) => [a, b]);
    const batch = padBatch(rows.map(idsOf));
    const drop = dropout > 0 ? { rate: dropout, seed, firstText: 2 * (before[micro] ?? 0) } : undefined;
    const targets = Float32Array.from(pairs, ({ target }) => target);
    return cosineLoss(encode(encoder, batch, drop), targets, total);
  });
}
