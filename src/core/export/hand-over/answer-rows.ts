/** What a run of written answers is handed over with, whatever the trainer. */
import type { GenerationReport } from '../../report/generation';
import type { TokenExample } from '../../run/generation';
import type { Decoding } from '../../run/generation-outcome';
import type { Trained } from '../../settings/method';
import type { HandOver } from './hand-over';

export interface AnswerRow {
  id: number;
  line: number;
  /** Null of a row that is always trained on. */
  fold: number | null;
  /** The conversation, in OpenAI's form: `messages` and perhaps `tools`. */
  chat: object;
  example: TokenExample;
  /** What is asked, in words. */
  asked: string;
  /** The answer that is wanted. */
  wanted: string;
  /** What is asked before it; null of a row that is not answered in words. */
  prompt: Int32Array | null;
}

export interface AnswersHandOver extends HandOver {
  /** In the order of the run. */
  rows: readonly AnswerRow[];
  evaluation: { kind: 'hold-out' | 'test' | 'folds'; source: string; folds: number };
  /** By fold, the ids of its training rows that are set aside to stop by. */
  setAside: readonly (readonly number[])[];
  trained: Trained;
  /** Of the family, for the names of its layers. */
  family: string;
  decoding: Decoding;
  padId: number;
  endIds: readonly number[];
  /** The run's own, for what stays as it was and what is compared. */
  report: GenerationReport;
}
