/**
 * What a run of generation gives to be judged, as plain values: every held-out row, answered in each way that there is to
 * get an answer, and what those answers cost each model. core/report/generation makes the report of it; nothing here is
 * judged yet.
 */
import type { ExperimentTimings } from './timings';

/** How an answer was had: from a model, as it came or with examples in its prompt or tuned, or copied from a training row. */
export type AnswerWay = 'base' | 'few_shot' | 'nearest' | 'tuned';

/** The ways in the order in which tables have them: those without training before the tuned one. */
export const ANSWER_WAYS: readonly AnswerWay[] = ['base', 'few_shot', 'nearest', 'tuned'];

/** The ways in which a model writes: only those have losses. */
export type ModelWay = Exclude<AnswerWay, 'nearest'>;

export const MODEL_WAYS: readonly ModelWay[] = ['base', 'few_shot', 'tuned'];

/** An answer as it was written. */
export interface WrittenAnswer {
  text: string;
  /** Tokens that were generated, the end token included; of a copied answer its tokens. */
  tokens: number;
  /** It ended because the limit was reached, not because the model was done. */
  cut: boolean;
}

/** What the wanted answer costs a model: over its trained tokens, the end token included, those before it given. */
export interface AnswerLoss {
  /** Sum of −ln p of the tokens. */
  nll: number;
  /** Tokens that were scored. */
  tokens: number;
  /** Of them, those that were the model's first choice (argmax). */
  right: number;
}

/** One held-out row. What a stopped run did not come to is null. */
export interface AnsweredRow {
  /** Index into the rows of the run: `GenerationRows` of the report's context. */
  row: number;
  /** In which it was held out, 0-based; one hold-out is fold 0. */
  fold: number;
  answers: Record<AnswerWay, WrittenAnswer | null>;
  losses: Record<ModelWay, AnswerLoss | null>;
  /** The training row whose answer is the nearest one; null where there is none. */
  nearest: number | null;
  /** Training rows that stood in the few-shot prompt, in its order. */
  examples: number[];
}

/** A fold that was trained; one hold-out is one fold. */
export interface GenerationFold {
  /** 0-based. */
  fold: number;
  /** Rows trained on, and rows held out. */
  trainingRows: number;
  heldOutRows: number;
  steps: number;
  epochs: number;
  bestEpoch: number | null;
  /** Mean training loss of the last epoch, per trained token; null where nothing was stepped. */
  lastTrainLoss: number | null;
  /** What was done otherwise than planned, in words: it is said by a run that goes on, too. */
  notes?: string[];
  seconds: number;
}

/** How answers were decoded: the same for every way. */
export interface Decoding {
  maxNewTokens: number;
  /** 0 takes the likeliest token always (greedy). */
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  repetitionPenalty: number;
  seed: number;
}

export interface GenerationOutcome {
  /** False when it was stopped; `missing` then says in words what there is not. */
  complete: boolean;
  missing: string[];
  /** Things that had to be done differently from the plan, in words, for the report. */
  notes: string[];
  folds: GenerationFold[];
  /** Every held-out row at most once, in any order. */
  rows: AnsweredRow[];
  /** Fold in which each row of the run is held out [rows]; −1 for one that is trained on always. */
  heldOutIn: Int32Array;
  decoding: Decoding;
  /** Examples in the few-shot prompt where all of them fitted. */
  examples: number;
  /** True when the kept model was trained on all training rows, and then how long. */
  finalFit: boolean;
  finalSteps: number;
  finalEpochs: number;
  trainedParameters: number;
  timings: ExperimentTimings;
}
