/**
 * What every method and baseline looks like to the plan: something that is fitted to some rows and then answers others.
 * To add a method: a file that makes a `Learner`, and its line in experiment.ts.
 */
import type { Checkpoints, FitState } from '../../../core/run/checkpoint';
import type { ExperimentObserver, FeatureStore, StateStore } from '../../../core/run/experiment';
import type { TrainedModel } from '../../../core/run/trained-model';
import type { Settings } from '../../../core/settings/settings';
import type { DeviceGuard } from '../../device/guard';
import type { Encoder } from '../../models/bert/weights';
import type { Threads } from '../../threads/threads';
import type { Corpus } from './corpus';
import type { Pace } from '../../fit/pace';
import type { PrefixStates } from '../../frozen/prefix';
import type { Progress } from '../../fit/progress';

/** What all parts of a run share. */
export interface Workshop {
  model: Encoder;
  corpus: Corpus;
  settings: Settings;
  pace: Pace;
  progress: Pick<Progress, keyof Progress>;
  observer: ExperimentObserver;
  guard: DeviceGuard;
  checkpoints: Checkpoints;
  /** What was computed of texts with the model of this hash, by this run or one before. */
  features: FeatureStore;
  /** The same of frozen layers; without it, what does not fit in memory is computed for each batch. */
  states?: StateStore | undefined;
  /** Memory for the frozen layers' output. */
  prefixBytes?: number | undefined;
  modelSha256: string;
  /** Helpers on the CPU; without them this thread does it all. */
  threads?: Threads | undefined;
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
export interface FoldFit {
  steps: number;
  epochs: number;
  /** Epoch whose weights were kept; null where nothing was set aside to choose by. */
  bestEpoch: number | null;
  /** C of its logistic regression where that was chosen on an inner part of its rows; else null. */
  chosenC: number | null;
  /** What was done otherwise than planned, in words. */
  notes: string[];
  /** Probabilities [rows, classes]; null when stopped. */
  predict(rows: Int32Array): Promise<Float32Array | null>;
  dispose(): void;
}

/** A fit of the encoder's kind, which can be kept. */
export interface Fit extends FoldFit {
  /** Values that were trained. */
  trainedParameters: number;
  keep(): Promise<TrainedModel>;
}

export interface FoldLearner<F extends FoldFit = FoldFit> {
  /** Null when stopped, unless the task says to finish with what there is and there is something. */
  fit(task: FitTask): Promise<F | null>;
}

export interface Learner extends FoldLearner<Fit> {
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
  /** See `Prefix`; null = not all of them are in memory, and they are computed. */
  states: PrefixStates | null;
}
