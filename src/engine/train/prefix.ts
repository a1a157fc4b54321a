/**
 * What goes into the first trained layer. Layers below are frozen and without dropout, so that their output is a fact
 * about a text: it is computed once, and shared by all epochs, folds and, through the store, later runs.
 *
 * States are kept as float32 where the memory budget holds that, as float16 where it holds half of it, and else
 * computed for every batch. What float16 does was measured with MiniLM (146 texts, layers 2, 4 and 5, WebAssembly):
 * states up to 10.5 move by at most 0.004, sentence vectors by at most 3e-4 of their length (cosine 1 − 5e-8), so
 * logits of a head with weights of length 10 by at most 0.003. That is as much as the float16 of the model's files does:
 * good enough where the choice is that or computing the layers at every step, not where float32 fits. Which one is taken
 * follows from the data alone, so that a run has the same bits whatever the store still had.
 *
 * Not covered: more than float16 fits in memory is not read back from the store batch by batch. That wants a store with
 * room for it and entries of single texts, and reads before the losses of a step are asked for.
 */
import * as tf from '@tensorflow/tfjs-core';
import { floatToHalf, halfToFloat } from '../../core/formats/float16';
import type { FeatureStore } from '../../core/plan/experiment';
import type { TokenBatch } from '../../core/text/batches';
import { embed, runLayers, type Weights } from '../models/bert/modeling';
import type { Encoder } from '../models/bert/weights';
import type { Dropout } from '../ops/dropout';
import { unrecorded } from '../ops/gradients';
import { forwardAll } from '../pool/forward-all';
import type { Threads } from '../pool/threads';
import { bucketsOf, keepBucket } from './buckets';
import { PREFIX_BYTES, STORED_PREFIX_BYTES } from './budget';
import type { Corpus } from './corpus';
import { batchOf, textBatches } from './encode-texts';
import type { Pace } from './pace';

export interface PrefixHelp {
  store: FeatureStore;
  modelSha256: string;
  threads?: Threads | undefined;
  onLog(message: string): void;
}

/** [tokens of the text, hidden] per distinct text. */
export type PrefixStates = (Float32Array | Uint16Array)[];

export class Prefix {
  readonly #model: Encoder;
  readonly #corpus: Corpus;
  /** The first trained layer; 0 = nothing is frozen but, at most, the embeddings, whose lookup is cheap. */
  readonly from: number;
  readonly #keepBytes: number;
  /** Null when there are too many to keep. */
  #states: PrefixStates | null = null;

  constructor(model: Encoder, corpus: Corpus, from: number, keepBytes = PREFIX_BYTES) {
    this.#model = model;
    this.#corpus = corpus;
    this.from = from;
    this.#keepBytes = keepBytes;
  }

  /** Finds or computes the states, and keeps them, if there are frozen layers and room. False when stopped. */
  async prepare(
    pace: Pace,
    onTexts: (done: number, total: number) => void,
    help: PrefixHelp | null = null,
  ): Promise<boolean> {
    const { tokenIds } = this.#corpus.distinct;
    const { config, weights } = this.#model;
    const bytes = tokenIds.reduce((sum, ids) => sum + ids.length, 0) * config.hiddenSize * 4;
    if (this.from === 0 || this.#states || bytes / 2 > this.#keepBytes) return true;
    const half = bytes > this.#keepBytes;
    if (half) help?.onLog('The frozen layers’ output is kept in half precision: in full it would not fit in memory.');

    const states: PrefixStates = tokenIds.map(() => new Float32Array());
    const take = (text: number, values: Float32Array): void => {
      states[text] = half ? floatToHalf(values) : values.slice();
    };
    let done = 0;
    const store = help && !half && bytes <= STORED_PREFIX_BYTES ? help.store : null;
    const key = `prefix/1/${help?.modelSha256 ?? ''}/${tf.getBackend()}/${this.from}`;
    const batches: TokenBatch[] = [];
    const textsOf: number[][] = [];
    const buckets = bucketsOf(tokenIds, key).map((bucket) => ({ ...bucket, missing: bucket.texts.length }));
    const bucketOf = new Map(buckets.flatMap((bucket) => bucket.texts.map((text) => [text, bucket])));
    for (const { key, texts } of buckets) {
      const kept = (await store?.get(key)) ?? null;
      if (kept && this.#unpack(kept, texts, take)) {
        onTexts((done += texts.length), tokenIds.length);
        continue;
      }
      // Batches end with their bucket: what is in the store changes nothing about how the rest is computed.
      const ids = texts.map((text) => tokenIds[text] ?? new Int32Array());
      for (const rows of textBatches(ids)) {
        textsOf.push(rows.map((row) => texts[row] ?? 0));
        batches.push(batchOf(ids, rows));
      }
    }

    let keeping = store !== null;
    const finished = await forwardAll({
      config,
      weights,
      batches,
      depth: this.from,
      pace,
      threads: help?.threads,
      onLog: help?.onLog,
      onValues: async (index, values) => {
        const texts = textsOf[index] ?? [];
        const width = (batches[index]?.tokens ?? 0) * config.hiddenSize;
        texts.forEach((text, i) => {
          const length = (tokenIds[text]?.length ?? 0) * config.hiddenSize;
          take(text, values.subarray(i * width, i * width + length));
        });
        onTexts((done += texts.length), tokenIds.length);
        const bucket = bucketOf.get(texts[0] ?? 0);
        if (!bucket || (bucket.missing -= texts.length) > 0 || !store || !help) return;
        const packed = joined(bucket.texts.map((text) => states[text] ?? []));
        keeping &&= await keepBucket(store, bucket.key, packed, 'Outputs of the frozen layers', help.onLog);
      },
    });
    if (finished) this.#states = states;
    return finished;
  }

  /** What is kept of the training rows' texts, not copied; null when nothing is. */
  lend(): PrefixStates | null {
    const { trainRows, distinct } = this.#corpus;
    const asked = new Set(Array.from(trainRows, (row) => distinct.of[row] ?? 0));
    return this.#states?.map((states, text) => (asked.has(text) ? states : new Float32Array())) ?? null;
  }

  /** Takes what another thread's prefix lent. */
  borrow(states: PrefixStates | null): void {
    this.#states = states;
  }

  /** States [batch·tokens, hidden] of some rows before layer `from`; a new tensor. `weights` and `dropout` matter only where nothing is frozen. */
  hidden(rows: readonly number[], batch: TokenBatch, weights: Weights, dropout?: Dropout): tf.Tensor {
    const { config } = this.#model;
    if (this.from === 0) return embed(config, weights, batch, dropout);
    if (!this.#states) {
      return unrecorded(() => runLayers(config, weights, embed(config, weights, batch), batch, 0, this.from));
    }
    const { hiddenSize } = config;
    const values = new Float32Array(batch.batch * batch.tokens * hiddenSize);
    rows.forEach((row, i) => {
      const kept = this.#states?.[this.#corpus.distinct.of[row] ?? 0] ?? new Float32Array();
      // Padding stays 0: masked in attention and in pooling, it reaches nothing.
      values.set(kept instanceof Uint16Array ? halfToFloat(kept) : kept, i * batch.tokens * hiddenSize);
    });
    return tf.tensor2d(values, [batch.batch * batch.tokens, hiddenSize]);
  }

  /** Takes the states of a bucket's texts; false when they are not of these texts. */
  #unpack(kept: Float32Array, texts: readonly number[], take: (text: number, values: Float32Array) => void): boolean {
    const { hiddenSize } = this.#model.config;
    const lengths = texts.map((text) => (this.#corpus.distinct.tokenIds[text]?.length ?? 0) * hiddenSize);
    if (lengths.reduce((sum, length) => sum + length, 0) !== kept.length) return false;
    let from = 0;
    texts.forEach((text, i) => take(text, kept.subarray(from, (from += lengths[i] ?? 0))));
    return true;
  }
}

function joined(arrays: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of arrays) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}
