/**
 * What goes into the first trained layer. Layers below are frozen and without dropout, so that their output is a fact
 * about a text: it is computed once, and shared by all epochs, folds and, through the store, later runs.
 *
 * States are float32 where the memory budget holds that, else float16: see `Shelf`. Of those that are float16 the
 * budget's worth stays in memory, the others are read from the store for each batch; what that has no room for is
 * computed for each batch, and rounded like the others. What float16 does was measured with MiniLM (146 texts, layers
 * 2, 4 and 5, WebAssembly): states up to 10.5 move by at most 0.004, sentence vectors by at most 3e-4 of their length
 * (cosine 1 − 5e-8), so logits of a head with weights of length 10 by at most 0.003. That is as much as the float16 of
 * the model's files does: good enough where the choice is that or computing the layers at every step.
 *
 * Promise: a run has the same bits whatever the store had or had room for. The precision follows from the data alone,
 * and a text's states have the same bits whatever it is computed with, padding included.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { floatToHalf, halfToFloat } from '../../core/formats/float16';
import type { StatePiece } from '../../core/run/experiment';
import type { TokenBatch } from '../../core/text/batches';
import { deviceKey } from '../device/select';
import { embed, type Encoder, withWeights } from '../models/encoder';
import type { Weights } from '../models/weights';
import type { Dropout } from '../ops/dropout';
import { forward } from '../threads/forward';
import { forwardAll } from '../threads/forward-all';
import { PREFIX_BYTES } from '../fit/budget';
import type { RowTexts } from './distinct-texts';
import { batchOf, textBatches } from './encode-texts';
import type { Pace } from '../fit/pace';
import { statesOf, type StatesPlan } from './prefix-plan';
import { type PrefixHelp, Shelf, type ShelfBucket, type Survey, type TextStates } from './prefix-shelf';

/** What is kept already, what is not, and what of that is under way. */
interface Opened {
  shelf: Shelf;
  missing: Set<ShelfBucket>;
  ofText: Map<number, ShelfBucket>;
  begun: Map<ShelfBucket, TextStates>;
}

export class Prefix {
  readonly #model: Encoder;
  readonly #rows: RowTexts;
  /** The first trained layer; 0 = nothing is frozen but, at most, the embeddings, whose lookup is cheap. */
  readonly from: number;
  readonly #plan: StatesPlan;
  #memory: TextStates = new Map();
  /** Those of the rows fetched last that are not in memory. */
  #fetched: TextStates = new Map();
  /** Null until they are looked for. */
  #opened: Opened | null = null;
  /** Null until they are prepared. */
  #shelf: Shelf | null = null;

  constructor(model: Encoder, rows: RowTexts, from: number, keepBytes = PREFIX_BYTES) {
    this.#model = model;
    this.#rows = rows;
    this.from = from;
    this.#plan = statesOf(rows.distinct.tokenIds, model.config.hiddenSize, keepBytes);
  }

  /** Finds or computes the states, and keeps them, if there are frozen layers and room. False when stopped. */
  async prepare(
    pace: Pace,
    onTexts: (done: number, total: number) => void,
    help: PrefixHelp | null = null,
  ): Promise<boolean> {
    if (this.from === 0 || this.#shelf) return true;
    const { tokenIds } = this.#plan;
    const { shelf, missing } = await this.#open(help);
    const total = tokenIds.length;
    let done = total - [...missing].reduce((sum, { texts }) => sum + texts.length, 0);
    onTexts(done, total);

    // Batches end with their bucket: it is kept as soon as it is whole.
    const parts = [...missing].flatMap((bucket) => {
      const ids = bucket.texts.map((text) => tokenIds[text] ?? new Int32Array());
      return textBatches(ids).map((rows) => {
        return { texts: rows.map((row) => bucket.texts[row] ?? 0), batch: batchOf(ids, rows) };
      });
    });
    const finished = await forwardAll({
      encoder: this.#model,
      batches: parts.map(({ batch }) => batch),
      depth: this.from,
      pace,
      threads: help?.threads,
      onLog: help?.onLog,
      onValues: async (index, values) => {
        const { texts = [] } = parts[index] ?? {};
        const width = values.length / texts.length;
        for (const [i, text] of texts.entries()) await this.take(text, values.subarray(i * width, (i + 1) * width));
        onTexts((done += texts.length), total);
      },
      // What nobody keeps is not computed before it is asked for.
      isEnough: () => shelf.isFull && [...missing].every(({ inMemory }) => !inMemory),
    });
    if (!finished) return false;
    this.#shelf = shelf;
    this.#memory = shelf.memory;
    return true;
  }

  /** Looks what is kept: from then on `take` takes what is missing from passes that go through these layers anyway. */
  async open(help: PrefixHelp): Promise<void> {
    if (this.from > 0) await this.#open(help);
  }

  /** True for a text whose states are to be computed. */
  wants(text: number): boolean {
    const bucket = this.#opened?.ofText.get(text);
    return bucket !== undefined && this.#opened?.missing.has(bucket) === true;
  }

  /** Takes the states of a text, padded or not: [tokens · hidden]. A bucket is kept as soon as it is whole. */
  async take(text: number, states: Float32Array): Promise<void> {
    const bucket = this.#opened?.ofText.get(text);
    if (!this.#opened || bucket === undefined) return;
    const { begun, missing, shelf } = this.#opened;
    const pieces: TextStates = begun.get(bucket) ?? new Map();
    begun.set(bucket, pieces);
    pieces.set(text, this.#cut(text, states));
    if (pieces.size < bucket.texts.length) return;
    begun.delete(bucket);
    missing.delete(bucket);
    await shelf.keep(bucket, pieces);
  }

  /** What `prepare` would find, and would have to compute. */
  survey(help: PrefixHelp): Promise<Survey> {
    return this.#shelfWith(help).survey();
  }

  /** What the training rows need, not copied; null when not all of it is in memory. */
  lend(): TextStates | null {
    const { trainRows, distinct } = this.#rows;
    const lent: TextStates = new Map();
    for (const row of trainRows) {
      const text = distinct.of[row] ?? 0;
      const states = this.#memory.get(text);
      if (states === undefined) return null;
      lent.set(text, states);
    }
    return lent;
  }

  /** Takes what another thread's prefix lent. */
  borrow(states: TextStates | null): void {
    this.#memory = states ?? new Map();
  }

  /** Has the states of some rows ready for `hidden`, until the next call, and begins to read those of the `next` rows. */
  async fetch(rows: readonly number[], next: readonly number[] = []): Promise<void> {
    if (this.from === 0) return;
    const texts = this.#away(rows);
    const pieces: TextStates = (await this.#shelf?.read(texts, this.#away(next))) ?? new Map();
    for (const text of texts) {
      const piece = this.#fetched.get(text);
      if (piece) pieces.set(text, piece);
    }
    await this.#compute(
      texts.filter((text) => !pieces.has(text)),
      pieces,
    );
    this.#fetched = pieces;
  }

  /**
   * States [batch·tokens, hidden] of some rows before layer `from`; a new tensor. The rows were fetched. `weights` and
   * `dropout` matter only where nothing is frozen.
   */
  hidden(rows: readonly number[], batch: TokenBatch, weights: Weights, dropout?: Dropout): tf.Tensor {
    if (this.from === 0) return embed(withWeights(this.#model, weights), batch, dropout);
    const { hiddenSize } = this.#model.config;
    const values = new Float32Array(batch.batch * batch.tokens * hiddenSize);
    rows.forEach((row, i) => {
      const text = this.#rows.distinct.of[row] ?? 0;
      const kept = this.#memory.get(text) ?? this.#fetched.get(text);
      if (!kept) throw new AppError('internal', 'Rows are computed whose frozen layers’ output was not fetched.');
      // Padding stays 0: masked in attention and in pooling, it reaches nothing.
      values.set(kept instanceof Uint16Array ? halfToFloat(kept) : kept, i * batch.tokens * hiddenSize);
    });
    return tf.tensor2d(values, [batch.batch * batch.tokens, hiddenSize]);
  }

  #shelfWith(help: PrefixHelp | null): Shelf {
    return new Shelf(this.#plan, `${deviceKey()}/${this.from}`, help);
  }

  /** The texts of some rows that are not in memory, each once. */
  #away(rows: readonly number[]): number[] {
    const texts = new Set(rows.map((row) => this.#rows.distinct.of[row] ?? 0));
    return [...texts].filter((text) => !this.#memory.has(text));
  }

  /** Adds the states of some texts to the pieces. */
  async #compute(texts: readonly number[], pieces: TextStates): Promise<void> {
    const ids = texts.map((text) => this.#plan.tokenIds[text] ?? new Int32Array());
    for (const rows of textBatches(ids)) {
      const batch = batchOf(ids, rows);
      const values = await forward(this.#model, batch, this.from);
      const width = values.length / rows.length;
      rows.forEach((row, i) => {
        const text = texts[row] ?? 0;
        pieces.set(text, this.#cut(text, values.subarray(i * width, (i + 1) * width)));
      });
    }
  }

  /** The states of a text without padding, in the precision they are kept in. */
  #cut(text: number, states: Float32Array): StatePiece {
    const own = states.subarray(0, this.#plan.sizeOf(text));
    return this.#plan.half ? floatToHalf(own) : own.slice();
  }

  async #open(help: PrefixHelp | null): Promise<Opened> {
    if (this.#opened) return this.#opened;
    const shelf = this.#shelfWith(help);
    const missing = await shelf.open();
    const ofText = new Map(missing.flatMap((bucket) => bucket.texts.map((text) => [text, bucket] as const)));
    this.#opened = { shelf, missing: new Set(missing), ofText, begun: new Map() };
    return this.#opened;
  }
}
