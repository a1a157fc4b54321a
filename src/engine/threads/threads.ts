/**
 * Threads beside this one, as the engine sees them: it starts them, posts to them, and ends them. In a browser they are
 * workers, in Node worker threads; both answer with `serve.ts`. They share no memory, so no page needs special headers.
 */
import type { ErrorData } from '../../core/errors';
import type { BertConfig } from '../../core/models/manifest';
import type { TokenBatch } from '../../core/text/batches';
import type { WeightArrays } from '../models/weights';
import type { FromLane, ToLane } from '../run/lane-messages';

/** How far a text goes through the encoder: to its pooled vector, or to the states before that layer. */
export type Depth = 'pooled' | number;

/** What a thread is told. The encoder first, and only once; then batches or folds. */
export type ToThread =
  | { type: 'open'; config: BertConfig; weights: WeightArrays; wasmUrl: string | null }
  | { type: 'forward'; index: number; batch: TokenBatch; depth: Depth }
  | ToLane;

/** What it answers: that it runs, and then a batch at a time, or what a fold tells. */
export type FromThread =
  | { type: 'started' }
  | { type: 'values'; index: number; values: Float32Array<ArrayBuffer> }
  | { type: 'failed'; error: ErrorData }
  | FromLane;

/** One started thread. */
export interface Thread {
  post(message: ToThread, transfer: ArrayBuffer[]): void;
  /** Ends it at once, in the middle of whatever it does. */
  end(): void;
}

export interface ThreadListener {
  onMessage(message: FromThread): void;
  /** It died, or never started. */
  onError(reason: string): void;
}

/** Where threads come from. */
export interface Threads {
  /** How many may work at once, this one included; 1 = none beside this one. */
  readonly count: number;
  /** How many may train at once, this one included: that takes more memory. */
  readonly lanes: number;
  /** Absolute address of the WebAssembly backend for them; null in Node. */
  readonly wasmUrl: string | null;
  start(listener: ThreadListener): Thread;
}
