/**
 * What a run of written answers takes, tells and keeps, as plain values; what it comes to stands in generation-outcome.ts.
 */
import type { LoraConfig } from '../models/lora';
import type { EvaluationPlan, Settings } from '../settings/settings';
import type { FitState } from './checkpoint';
import type { PlanEstimate } from './estimate';
import type { AnsweredRow, Decoding, GenerationFold } from './generation-outcome';
import type { Probe, ProbeAnswers, ShownAnswer } from './probes';
import type { CurvePoint, RunProgress } from './record';
import type { WrittenPlan } from './write-outcome';

/** A row as a decoder is shown it. */
export interface TokenExample {
  ids: Int32Array;
  /** [ids] 1 for a token that is learned: its prediction from those before it counts in the loss. */
  trained: Uint8Array;
}

/** What a decoder is asked: the tokens before its answer, and the answer that is wanted behind them, for its loss. */
export interface AskedRow {
  prompt: Int32Array;
  /** The wanted answer behind the same words; learned are the tokens that the row's own example learns. */
  example: TokenExample;
}

/** Rows ready for training: all arrays have one entry a row. */
export interface GenerationData {
  examples: TokenExample[];
  /** Rows with the same number never stand on both sides of a split. */
  groups: Int32Array;
  /** Quarter of the rows that a row is in by the length of its answer: splits have their share of each. */
  strata: Int32Array;
  /** How many rows were cut at `settings.maxLength`. */
  cutRows: number;
}

/** How the held-out rows are asked, in every way there is; made by the fold, since examples come from its training rows. */
export interface HeldOutRow {
  row: number;
  base: AskedRow;
  /** With examples before the question; null where none fitted. */
  fewShot: AskedRow | null;
  /** Training rows that stand there, in their order. */
  examples: number[];
  /** The training row whose prompt is nearest, and its answer; null where there is none. */
  nearest: { row: number; text: string; tokens: number } | null;
}

export interface GenerationPlan {
  settings: Settings;
  evaluation: EvaluationPlan;
  /** 1 where one part is held out; then its model is the one that is kept. */
  folds: number;
  /** [rows] The fold in which a row is held out; −1: it is always trained on. */
  heldOutIn: Int32Array;
  /** Of the held-out rows, those that are answered in words: the others are scored by their loss alone. */
  heldOut(fold: number): HeldOutRow[];
  decoding: Decoding;
  /** Examples in a few-shot prompt where all fit. */
  examples: number;
  /** What is asked before the first pass and after every one, in words and in tokens: a few held-out rows or lines of the person's own. */
  probes: Probe[];
  /** A held-out row whose wanted answer is looked at token by token, with what it is made of; null where none suits. */
  shown: (ShownAnswer & { example: TokenExample }) | null;
}

/** What of a plan its outcome is put together by. */
export function writtenPlan({ folds, heldOutIn, heldOut, decoding, examples }: GenerationPlan): WrittenPlan {
  const asked = Array.from({ length: folds }, (_, fold) => heldOut(fold).length).reduce((a, b) => a + b, 0);
  return { folds, heldOutIn, asked, decoding, examples };
}

/** An adapter as it is kept: its matrices by the names of PEFT's files, A [inputs, rank] and B [rank, outputs]. */
export interface TrainedAdapter {
  modelId: string;
  /** Of the weights that it stands on. */
  modelSha256: string;
  lora: LoraConfig;
  maxLength: number;
  decoding: Decoding;
  tensors: { name: string; shape: number[]; values: Float32Array }[];
}

/** All that was kept of an unfinished run. */
export interface KeptGeneration {
  folds: GenerationFold[];
  rows: AnsweredRow[];
  /** Of the last finished fold. */
  fallback: TrainedAdapter | null;
  fits: FitState[];
  /** The curve so far. */
  points: CurvePoint[];
  /** Milliseconds worked before, pauses left out. */
  workedMs: number;
}

/** What the engine tells while it works. All calls are cheap and synchronous; what was kept before is not told again. */
export interface GenerationObserver {
  onProgress(progress: Partial<RunProgress>): void;
  onEstimate?(estimate: PlanEstimate): void;
  onPoint(point: CurvePoint): void;
  onProbes?(answers: ProbeAnswers): void;
  /** Rows that were scored or answered further than before: each takes the place of what was told of it. */
  onRows(rows: readonly AnsweredRow[]): void;
  /** A fold is done, its rows told before. */
  onWrittenFold(fold: GenerationFold, adapter: TrainedAdapter): void;
  onLog(message: string): void;
}
