/** The contrastive loss of a step: its rows through the encoder, the cosines of all pairs among them against 1 or 0. */
import type * as tf from '@tensorflow/tfjs-core';
import { bucketLength, lengthGroups, padBatch } from '../../../core/text/batches';
import { countsBefore } from '../../fit/micro-batches';
import { encode, type Encoder } from '../../models/encoder';
import { add } from '../../ops/add';
import { cosineLoss } from '../../ops/cosine-loss';
import { joinRows } from '../../ops/join-rows';
import { tableRows } from '../../ops/table-rows';
import { type Pairs, pairsOf } from './pairs';

/** Padded tokens of rows that are computed together. */
export function unitTokens(lengths: readonly number[]): number {
  return lengths.length * bucketLength(Math.max(0, ...lengths));
}

export interface PairedRows {
  /** What is read of a row. */
  idsOf(row: number): Int32Array;
  labelOf(row: number): number;
}

/**
 * One function per micro-batch. Together half the mean over all pairs of one label and half that over all of two, so that
 * the many of two do not outweigh the few of one; rows are paired within their micro-batch.
 */
export function pairLosses(
  encoder: Encoder,
  { idsOf, labelOf }: PairedRows,
  microBatches: readonly (readonly number[])[],
  { dropout, seed }: { dropout: number; seed: number },
): (() => tf.Tensor)[] {
  const grouped = microBatches.map((rows) => inGroups(rows, idsOf));
  const pairs = grouped.map((groups) => pairsOf(groups.flat().map(labelOf)));
  const before = countsBefore(microBatches);
  return grouped.map((groups, micro) => () => {
    const within = countsBefore(groups);
    const vectors = groups.map((rows, i) => {
      const firstText = (before[micro] ?? 0) + (within[i] ?? 0);
      return encode(encoder, padBatch(rows.map(idsOf)), dropout > 0 ? { rate: dropout, seed, firstText } : undefined);
    });
    return pairLoss(joinRows(vectors), pairs[micro] ?? NO_PAIRS, pairs);
  });
}

/** Rows of a batch are of any length: padded to the longest, they would take up to twice the time. */
function inGroups(rows: readonly number[], idsOf: (row: number) => Int32Array): number[][] {
  const groups = lengthGroups(
    rows.map((_, i) => i),
    rows.map((row) => idsOf(row).length),
  );
  return groups.map((group) => group.map((i) => rows[i] ?? 0));
}

const NO_PAIRS: Pairs = { alike: new Int32Array(), unlike: new Int32Array() };

/** The part of `own` pairs of vectors [rows, width] in the loss of `all` of a step. */
export function pairLoss(vectors: tf.Tensor, own: Pairs, all: readonly Pairs[]): tf.Tensor {
  const count = (kind: keyof Pairs): number => all.reduce((sum, pairs) => sum + pairs[kind].length / 2, 0);
  const kinds = count('alike') > 0 && count('unlike') > 0 ? 2 : 1;
  const terms = (['alike', 'unlike'] as const).flatMap((kind) => {
    const pairs = own[kind];
    if (pairs.length === 0) return [];
    const targets = new Float32Array(pairs.length / 2).fill(kind === 'alike' ? 1 : 0);
    return [cosineLoss(tableRows(vectors, pairs), targets, kinds * count(kind))];
  });
  return terms.reduce(add);
}
