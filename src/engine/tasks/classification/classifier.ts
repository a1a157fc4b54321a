/**
 * Encoder and linear head as one model over the rows of a run: its training losses and its answers.
 */
import * as tf from '@tensorflow/tfjs-core';
import { inferenceBatches, padBatch } from '../../../core/text/batches';
import { inHalves } from '../../device/in-halves';
import { type Encoder, pool, runLayers } from '../../models/encoder';
import { parameter } from '../../models/weights';
import { applyHead, HEAD_WEIGHT } from './head';
import { crossEntropy } from '../../ops/cross-entropy';
import { withAgreement } from '../../ops/agreement';
import { applyDropout, type Dropout } from '../../ops/dropout';
import { withPenalty } from '../../ops/penalty';
import { FORWARD_TOKENS } from '../../fit/budget';
import type { Corpus } from './corpus';
import { finite } from './heads';
import { countsBefore } from '../../fit/micro-batches';
import type { Pace } from '../../fit/pace';
import type { Prefix } from '../../frozen/prefix';
import { placeRows } from '../../fit/rows';

export interface LossOptions {
  classWeights: Float32Array | null;
  dropout: number;
  /** What the agreement of two readings counts for; absent, 0: each row is read once. */
  rDrop?: number;
  /** Of this step. */
  seed: number;
  l1: number;
  l2: number;
  /** What is read of a row where that is not its text as it is; only where no layer is frozen. */
  idsOf?: (row: number) => Int32Array;
}

/** How often a row of a step is read: without dropout both readings would be the same. */
export function readingsOf({ dropout, rDrop = 0 }: Pick<LossOptions, 'dropout' | 'rDrop'>, ofAdapter = 0): 1 | 2 {
  return rDrop > 0 && (dropout > 0 || ofAdapter > 0) ? 2 : 1;
}

export class Classifier {
  /** Encoder and head, as they are trained. */
  readonly #model: Encoder;
  readonly #corpus: Corpus;
  readonly #prefix: Prefix;

  constructor(model: Encoder, corpus: Corpus, prefix: Prefix) {
    this.#model = model;
    this.#corpus = corpus;
    this.#prefix = prefix;
  }

  /** How often a row of a step is read. */
  readings(options: Pick<LossOptions, 'dropout' | 'rDrop'>): 1 | 2 {
    return readingsOf(options, this.#model.lora?.dropout);
  }

  /**
   * One function per micro-batch; together the (weighted) mean cross-entropy of the step, of both readings where there are
   * two, how far these are apart, and the head's penalties.
   */
  losses(microBatches: readonly (readonly number[])[], options: LossOptions): (() => tf.Tensor)[] {
    const { classWeights, dropout, rDrop = 0, seed, l1, l2, idsOf } = options;
    const readings = this.readings(options);
    const labels = microBatches.map((rows) => Int32Array.from(rows, (row) => this.#corpus.labelIndices[row] ?? 0));
    const normalizer = labels
      .flatMap((part) => Array.from(part))
      .reduce((sum, label) => sum + (classWeights?.[label] ?? 1), 0);
    const before = countsBefore(microBatches);
    return microBatches.map((rows, micro) => () => {
      const firstText = readings * (before[micro] ?? 0);
      const drops = dropout > 0 || (this.#model.lora?.dropout ?? 0) > 0;
      const drop = drops ? { rate: dropout, seed, firstText } : undefined;
      const own = labels[micro] ?? new Int32Array();
      // Side by side, so that a row has the same places in the step, and so the same dropout, however that is cut.
      const read = <T>(values: readonly T[]): T[] => values.flatMap((value) => Array<T>(readings).fill(value));
      const logits = this.#logits(read(rows), drop, idsOf);
      const told = crossEntropy(logits, Int32Array.from(read([...own])), {
        normalizer: readings * normalizer,
        ...(classWeights && { classWeights }),
      });
      const weights = Float32Array.from(own, (label) => classWeights?.[label] ?? 1);
      const loss = readings === 2 ? withAgreement(told, logits, { strength: rDrop, weights, normalizer }) : told;
      return micro === 0 ? withPenalty(loss, parameter(this.#model.weights, HEAD_WEIGHT), { l1, l2 }) : loss;
    });
  }

  /** Before the losses of some rows: see `Prefix.fetch`. */
  fetch(rows: readonly number[], next: readonly number[]): Promise<void> {
    return this.#prefix.fetch(rows, next);
  }

  /** Probabilities [rows, classes], without dropout. Null when stopped. Throws `non-finite`. */
  async predict(rows: Int32Array, pace: Pace): Promise<Float32Array | null> {
    const classes = this.#corpus.labels.length;
    const all = new Float32Array(rows.length * classes);
    const lengths = rows.map((row) => this.#corpus.lengths[row] ?? 0);
    const batches = inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS });
    const rowsOf = (number: number): number[] => (batches[number] ?? []).map((i) => rows[i] ?? 0);
    for (const [number, places] of batches.entries()) {
      if (!(await pace.goOn())) return null;
      const batch = rowsOf(number);
      await this.#prefix.fetch(batch, rowsOf(number + 1));
      const values = await inHalves(batch, (part) => tf.softmax(this.#logits(part, undefined)));
      pace.checkDevice();
      placeRows(all, places, finite(values), classes);
    }
    return all;
  }

  #logits(
    rows: readonly number[],
    dropout: Dropout | undefined,
    idsOf = (row: number): Int32Array => this.#corpus.tokenIds[row] ?? new Int32Array(),
  ): tf.Tensor {
    const batch = padBatch(rows.map(idsOf));
    const { config, weights } = this.#model;
    const first = this.#prefix.hidden(rows, batch, weights, dropout);
    const last = runLayers(this.#model, first, batch, this.#prefix.from, config.layers, dropout);
    return applyHead(weights, applyDropout(pool(this.#model, last, batch), dropout, 'pooled'));
  }
}
