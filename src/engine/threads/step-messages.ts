/**
 * What threads that help with the steps of a decoder's adapter are told, and what they answer. `Work` is a micro-batch, or
 * rows to score, as the task has it.
 */
import type { LoraConfig } from '../../core/models/lora';
import type { ErrorData } from '../../core/errors';
import type { DecoderCopy } from './decoder-copy';

/** What is trained, as it is at a step: values one behind the other, in the order of their names. */
export interface AdapterValues {
  parameters: { name: string; shape: number[] }[];
  values: Float32Array<ArrayBuffer>;
  lora: LoraConfig | undefined;
  /** As of the decoder: its layers are computed again for their gradient. */
  recompute: boolean;
}

/** First the frozen weights; then of each step the adapter, and its micro-batches one by one. */
export type ToStepThread<Work> =
  | { type: 'open-decoder'; decoder: DecoderCopy; wasmUrl: string | null }
  | { type: 'adapter'; adapter: AdapterValues }
  | { type: 'gradients'; step: number; place: number; work: Work }
  /** Heeded at once: another thread computes that one. */
  | { type: 'skip'; step: number; place: number };

/** `opened`: from now on it can be dealt. */
export type FromStepThread =
  | { type: 'started' }
  | { type: 'opened' }
  | { type: 'gradients'; step: number; place: number; loss: number; values: Float32Array<ArrayBuffer> }
  | { type: 'failed'; error: ErrorData };
