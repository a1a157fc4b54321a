/**
 * Threads beside this one, as the engine sees them: it starts them, posts to them, and ends them. In a browser they are
 * workers, in Node worker threads; they share no memory, so no page needs special headers.
 *
 * Here they read texts. A run gives them more to do (`run/lane-messages.ts`): `To` and `From` are the messages of all
 * that they can; whoever posts only some of them is answered with those alone.
 */
import type { ErrorData } from '../../core/errors';
import type { ModelConfig } from '../../core/models/model-config';
import type { TokenBatch } from '../../core/text/batches';
import type { WeightArrays } from '../models/weights';

/**
 * How far a text goes through the encoder: to its pooled vector, to the means of its last layers, to the states before
 * that layer, or to the means with the states passed on the way.
 */
export type Depth = 'pooled' | 'means' | number | { meansAndStates: number };

/** An encoder as plain data. */
export interface EncoderCopy {
  /** The family's id. */
  family: string;
  config: ModelConfig;
  weights: WeightArrays;
  /** The token ids whose rows the word table has; null: all. */
  words: Int32Array | null;
}

/** What a thread that reads is told: the encoder first, and only once; then batches. */
export type ToReader =
  | { type: 'open'; encoder: EncoderCopy; wasmUrl: string | null }
  | { type: 'forward'; index: number; batch: TokenBatch; depth: Depth };

/** What it answers: that it runs, and then a batch at a time. */
export type FromReader =
  | { type: 'started' }
  | { type: 'values'; index: number; values: Float32Array<ArrayBuffer> }
  | { type: 'failed'; error: ErrorData };

/** One started thread. */
export interface Thread<To = ToReader> {
  post(message: To, transfer: ArrayBuffer[]): void;
  /** Ends it at once, in the middle of whatever it does. */
  end(): void;
}

export interface ThreadListener<From = FromReader> {
  onMessage(message: From): void;
  /** It died, or never started. */
  onError(reason: string): void;
}

/** Where threads come from. */
export interface Threads<To = ToReader, From = FromReader> {
  /** How many may work at once, this one included; 1 = none beside this one. */
  readonly count: number;
  /** How many may train at once, this one included: that takes more memory. */
  readonly lanes: number;
  /** Absolute address of the WebAssembly backend for them; null in Node. */
  readonly wasmUrl: string | null;
  start(listener: ThreadListener<From>): Thread<To>;
}
