/**
 * What goes into the first trained layer. Layers below are frozen and without dropout, so that their output is a fact
 * about a text: it is computed once, kept in memory, and shared by all epochs and folds.
 */
import * as tf from '@tensorflow/tfjs-core';
import { inferenceBatches, padBatch, type TokenBatch } from '../../core/text/batches';
import { embed, runLayers, type Weights } from '../models/bert/modeling';
import type { BertModel } from '../models/bert/weights';
import type { Dropout } from '../ops/dropout';
import { FORWARD_TOKENS, PREFIX_BYTES } from './budget';
import type { Corpus } from './corpus';
import { readOnce } from './encode-texts';
import type { Pace } from './pace';

export class Prefix {
  readonly #model: BertModel;
  readonly #corpus: Corpus;
  /** The first trained layer; 0 = nothing is frozen but, at most, the embeddings, whose lookup is cheap. */
  readonly from: number;
  readonly #keepBytes: number;
  /** [tokens of the text, hidden] per distinct text; null when there are too many to keep. */
  #states: Float32Array[] | null = null;

  constructor(model: BertModel, corpus: Corpus, from: number, keepBytes = PREFIX_BYTES) {
    this.#model = model;
    this.#corpus = corpus;
    this.from = from;
    this.#keepBytes = keepBytes;
  }

  /** Computes and keeps the states, if there are frozen layers and room. False when stopped. */
  async prepare(pace: Pace, onTexts: (done: number, total: number) => void): Promise<boolean> {
    const { tokenIds } = this.#corpus.distinct;
    const hiddenSize = this.#model.config.hiddenSize;
    const bytes = tokenIds.reduce((sum, ids) => sum + ids.length, 0) * hiddenSize * 4;
    if (this.from === 0 || this.#states || bytes > this.#keepBytes) return true;

    const states = tokenIds.map(() => new Float32Array());
    const lengths = tokenIds.map((ids) => ids.length);
    let done = 0;
    for (const texts of inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS })) {
      if (!(await pace.goOn())) return false;
      const batch = padBatch(texts.map((text) => tokenIds[text] ?? new Int32Array()));
      const values = await readOnce(tf.tidy(() => this.#compute(this.#model.weights, batch)));
      pace.checkDevice();
      texts.forEach((text, i) => {
        const start = i * batch.tokens * hiddenSize;
        states[text] = values.slice(start, start + (lengths[text] ?? 0) * hiddenSize);
      });
      onTexts((done += texts.length), tokenIds.length);
    }
    this.#states = states;
    return true;
  }

  /** States [batch·tokens, hidden] of some rows before layer `from`; a new tensor. `weights` and `dropout` matter only where nothing is frozen. */
  hidden(rows: readonly number[], batch: TokenBatch, weights: Weights, dropout?: Dropout): tf.Tensor {
    if (this.from === 0) return embed(this.#model.config, weights, batch, dropout);
    if (!this.#states) return this.#compute(weights, batch);
    const hiddenSize = this.#model.config.hiddenSize;
    const values = new Float32Array(batch.batch * batch.tokens * hiddenSize);
    rows.forEach((row, i) => {
      const text = this.#corpus.distinct.of[row] ?? 0;
      // Padding stays 0: masked in attention and in pooling, it reaches nothing.
      values.set(this.#states?.[text] ?? [], i * batch.tokens * hiddenSize);
    });
    return tf.tensor2d(values, [batch.batch * batch.tokens, hiddenSize]);
  }

  #compute(weights: Weights, batch: TokenBatch): tf.Tensor {
    const { config } = this.#model;
    return runLayers(config, weights, embed(config, weights, batch), batch, 0, this.from);
  }
}
