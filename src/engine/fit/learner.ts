/**
 * What every method looks like to a run, whatever its task: something that is fitted to some rows and then answers
 * others. What it answers with, and what is kept of it, are the task's own.
 */
import type { Checkpoints, FitState } from '../../core/run/checkpoint';
import type { ExperimentObserver, StatePiece } from '../../core/run/experiment';
import type { Settings } from '../../core/settings/settings';
import type { DeviceGuard } from '../device/guard';
import type { Pace } from './pace';
import type { Progress } from './progress';

/** What every fit of a run shares. */
export interface FitContext {
  settings: Settings;
  pace: Pace;
  progress: Pick<Progress, keyof Progress>;
  observer: Pick<ExperimentObserver, 'onPoint' | 'onLog'>;
  guard: DeviceGuard;
  checkpoints: Checkpoints;
}

export interface FitTask {
  /** The only rows a fit may learn from, choose by, or set aside from. */
  rows: Int32Array;
  /** One past the last fold for the final fit. */
  fold: number;
  /** Part of the plan to report progress under. */
  part: string;
  /** Fixed length in epochs (the final fit), or null: the full length, with early stopping if that is on. */
  epochs: number | null;
  /**
   * Rows to look at for the curve where none are set aside: those that the fold is scored on. Nothing may follow from
   * what is seen there.
   */
  watch?: Int32Array;
  /** After a stop: true = finish with the best so far, false = give up, there is something better already. */
  keepWhenStopped: boolean;
  /** Where an interrupted run had got to in this part; null = from the start. What is not iterated has none. */
  state: FitState | null;
  /** How many points of its curve were told already, where another thread had begun it; they are not told again. */
  told?: number;
  /** Other folds are fitted beside it: there are no threads left to help. */
  beside?: boolean;
}

/** Owned by whoever asked for it: `dispose` when done. */
export interface FoldFit<Answers = unknown> {
  steps: number;
  epochs: number;
  /** Epoch whose weights were kept; null where nothing was set aside to choose by. */
  bestEpoch: number | null;
  /** What was done otherwise than planned, in words. */
  notes: string[];
  /** Null when stopped. */
  predict(rows: Int32Array): Promise<Answers | null>;
  dispose(): void;
}

/** A fold that was fitted, and what its fit answered to the rows it had not seen. */
export interface AnsweredFold<Answers> {
  /** 0-based. */
  fold: number;
  rows: Int32Array;
  answers: Answers;
  steps: number;
  epochs: number;
  bestEpoch: number | null;
  seconds: number;
}

/** A fit of the model's kind, which can be kept. */
export interface Fit<Answers = unknown, Model = unknown> extends FoldFit<Answers> {
  /** Values that were trained. */
  trainedParameters: number;
  keep(): Promise<Model>;
}

export interface FoldLearner<F extends FoldFit = FoldFit> {
  /** Null when stopped, unless the task says to finish with what there is and there is something. */
  fit(task: FitTask): Promise<F | null>;
}

export interface Learner<F extends Fit = Fit> extends FoldLearner<F> {
  /** Once before the first fit: what all fits share. False when stopped. */
  prepare(): Promise<boolean>;
  /** What was prepared, for fits on another thread; absent where a fit is not worth one. */
  lend?(): Lent;
  /** In place of `prepare`: takes what the learner of another thread had prepared. */
  borrow?(lent: Lent): void;
}

/** What fits on another thread need besides rows and settings. */
export interface Lent {
  /** The encoder's parameters that they read; null = all. */
  names: readonly string[] | null;
  /** The frozen layers' output by text; null = not all of it is in memory, and it is computed. */
  states: Map<number, StatePiece> | null;
}
