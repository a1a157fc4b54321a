/**
 * What threads that help with a decoder are told, and what they answer: shares of an adapter's steps, and whole jobs (rows to
 * score, prompts to answer). What both are made of is the task's.
 */
import type { ErrorData } from '../../core/errors';
import type { LoraConfig } from '../../core/models/lora';
import type { DecoderCopy } from './decoder-copy';

/** The task's own types. */
export interface CrewTask {
  /** A micro-batch of a step. */
  work: unknown;
  /** What one thread does alone, and what comes of it. */
  job: unknown;
  result: unknown;
}

/** What is trained, as it is at a step: values one behind the other, in the order of their names. */
export interface AdapterValues {
  parameters: { name: string; shape: number[] }[];
  values: Float32Array<ArrayBuffer>;
  lora: LoraConfig | undefined;
  /** As of the decoder: its layers are computed again for their gradient. */
  recompute: boolean;
}

/** Heeded at once: nobody waits for that micro-batch, or that job, any more. */
export type CrewSignal = { type: 'skip'; step: number; place: number } | { type: 'drop'; number: number };

/** First the frozen weights; then an adapter, and what is to be done with it, or without. */
export type ToCrewThread<T extends CrewTask> =
  | { type: 'open-decoder'; decoder: DecoderCopy; wasmUrl: string | null }
  | { type: 'adapter'; adapter: AdapterValues }
  | { type: 'gradients'; step: number; place: number; work: T['work'] }
  | { type: 'ask'; number: number; tuned: boolean; job: T['job'] }
  | CrewSignal;

/** `opened`: from now on it can be dealt. */
export type FromCrewThread<T extends CrewTask> =
  | { type: 'started' }
  | { type: 'opened' }
  | { type: 'gradients'; step: number; place: number; loss: number; values: Float32Array<ArrayBuffer> }
  | { type: 'answered'; number: number; result: T['result'] }
  | { type: 'failed'; error: ErrorData };
