/**
 * The loss of answers: the mean cross-entropy of the learned tokens, each predicted from those before it. Only their
 * states go through the table of 49,152 words: prompts cost no logits.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { TokenExample } from '../../../core/run/generation';
import { padBatch, type TokenBatch } from '../../../core/text/batches';
import { type Decoder, decoderStates, outputTable } from '../../models/decoder';
import { chunkedCrossEntropy } from '../../ops/chunked-cross-entropy';
import type { Dropout } from '../../ops/dropout';
import { selectRows } from '../../ops/select-rows';

/** What a batch is to predict: from which rows of its states, and which tokens, in the order of its examples. */
export interface Predictions {
  batch: TokenBatch;
  /** Rows of [batch·tokens]. */
  rows: Int32Array;
  labels: Int32Array;
  /** Learned tokens of each example. */
  counts: Int32Array;
}

/** Examples as one batch. The first token of a text is predicted by nothing and is never learned. */
export function predictionsOf(examples: readonly TokenExample[]): Predictions {
  const batch = padBatch(examples.map(({ ids }) => ids));
  const rows: number[] = [];
  const labels: number[] = [];
  const counts = examples.map(({ ids, trained }, i) => {
    const before = rows.length;
    for (let at = 1; at < ids.length; at++) {
      if (trained[at] !== 1) continue;
      rows.push(i * batch.tokens + at - 1);
      labels.push(ids[at] ?? 0);
    }
    return rows.length - before;
  });
  return { batch, rows: Int32Array.from(rows), labels: Int32Array.from(labels), counts: Int32Array.from(counts) };
}

/** Learned tokens of an example. */
export function learnedTokens({ ids, trained }: TokenExample): number {
  return trained.subarray(1, ids.length).reduce((sum, one) => sum + one, 0);
}

/** Sum over the learned tokens of −ln p, divided by `normalizer`: a scalar. Call it inside `tf.tidy`. */
export function answerLoss(
  decoder: Decoder,
  { batch, rows, labels }: Predictions,
  { normalizer, dropout }: { normalizer: number; dropout?: Dropout | undefined },
): tf.Tensor {
  const states = selectRows(decoderStates(decoder, batch, dropout), rows);
  return chunkedCrossEntropy(states, outputTable(decoder), labels, { normalizer });
}

/** A micro-batch of a step as plain data: what any thread needs to compute its loss. */
export interface AnswerWork {
  examples: TokenExample[];
  /** Learned tokens of the whole step. */
  normalizer: number;
  /** Of the step, at the place of these examples in it. */
  dropout: Dropout | undefined;
}

/** The share of a step's loss that a micro-batch has: a scalar. Call it inside `tf.tidy`. */
export function answerWorkLoss(decoder: Decoder, { examples, normalizer, dropout }: AnswerWork): tf.Tensor {
  return answerLoss(decoder, predictionsOf(examples), { normalizer, dropout });
}
