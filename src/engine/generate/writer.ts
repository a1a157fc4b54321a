/**
 * Answers written token by token: the prompts once, all their tokens together, then one token a text, each from the keys
 * and values that the ones before left. Several prompts go side by side; the first tokens of a shorter one stand at its
 * beginning, so that each has the positions that it has alone.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { padBatch } from '../../core/text/batches';
import { readValues } from '../device/read';
import { type Decoder, outputTable } from '../models/decoder';
import type { Continuation, TokenLogits } from '../models/family';
import { logitsOf } from '../ops/chunked-cross-entropy';
import { KeyValues } from '../ops/key-value-cache';

export class Writer {
  readonly #decoder: Decoder;
  readonly #past: KeyValues[];
  /** Where there is a way of its own for single tokens; made for the first. */
  #tokens: TokenLogits | null | undefined;
  /** Tokens of each text so far. */
  readonly #lengths: Int32Array;

  private constructor(decoder: Decoder, past: KeyValues[], lengths: Int32Array) {
    this.#decoder = decoder;
    this.#past = past;
    this.#lengths = lengths;
  }

  /**
   * Reads the prompts: the logits after each, [vocabSize] a prompt. Room is made for `newTokens` more. Throws `internal`
   * for an empty prompt and for texts longer than the model's positions.
   */
  static async begin(
    decoder: Decoder,
    prompts: readonly Int32Array[],
    newTokens: number,
  ): Promise<{ writer: Writer; logits: Float32Array[] }> {
    const { heads, keyValueHeads, headSize, layers, maxPositions } = decoder.config;
    const batch = padBatch(prompts);
    const longest = batch.lengths.reduce((a, b) => Math.max(a, b), 0);
    if (batch.lengths.includes(0)) throw new AppError('internal', 'A prompt has no token.');
    if (longest + newTokens > maxPositions) {
      throw new AppError(
        'internal',
        `A text of ${longest + newTokens} tokens; the model has ${maxPositions} positions.`,
      );
    }
    const sizes = { batch: batch.batch, heads, keyValueHeads, headSize };
    const capacity = Math.max(batch.tokens, longest + newTokens);
    const writer = new Writer(
      decoder,
      Array.from({ length: layers }, () => new KeyValues({ ...sizes, capacity })),
      batch.lengths.slice(),
    );
    try {
      const positions = Int32Array.from({ length: batch.tokens }, (_, position) => position);
      const last = batch.lengths.map((length, row) => row * batch.tokens + length - 1);
      const logits = await writer.#read(batch.ids, { past: writer.#past, positions, prompt: batch }, last);
      return { writer, logits };
    } catch (error) {
      writer.dispose();
      throw error;
    }
  }

  /** The logits after one more token a text, [vocabSize] each. */
  async next(ids: Int32Array): Promise<Float32Array[]> {
    const positions = this.#lengths.slice();
    const logits = await this.#read(ids, { past: this.#past, positions });
    this.#lengths.forEach((length, text) => (this.#lengths[text] = length + 1));
    return logits;
  }

  /** Gives the memory of keys and values back. */
  dispose(): void {
    for (const past of this.#past) past.dispose();
    this.#tokens?.dispose();
  }

  /** Logits of all rows, or of some. */
  async #read(ids: Int32Array, continuation: Continuation, rows?: Int32Array): Promise<Float32Array[]> {
    const { family, config, weights, lora } = this.#decoder;
    const batch = continuation.prompt ?? {
      batch: ids.length,
      tokens: 1,
      ids,
      lengths: new Int32Array(ids.length).fill(1),
    };
    if (!continuation.prompt && this.#tokens === undefined) {
      this.#tokens = family.tokenLogits(config, weights, lora);
    }
    const logits = tf.tidy(() => {
      const embedded = family.embed(config, weights, batch);
      if (!continuation.prompt && this.#tokens) return this.#tokens.logits(embedded, continuation);
      const hidden = family.continueLayers(config, weights, embedded, continuation, lora);
      const asked = rows ? tf.gather(hidden, tf.tensor1d(rows, 'int32')) : hidden;
      return logitsOf(family.finish(config, weights, asked), outputTable(this.#decoder));
    });
    try {
      const values = await readValues(logits);
      const { vocabSize } = config;
      return Array.from({ length: logits.shape[0] ?? 0 }, (_, i) =>
        values.subarray(i * vocabSize, (i + 1) * vocabSize),
      );
    } finally {
      logits.dispose();
    }
  }
}
