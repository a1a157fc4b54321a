/**
 * What an unfinished run keeps so that it goes on where it was, to the bit: its finished pieces, and the state of the
 * fits under way. Plain data for IndexedDB. Whatever follows from settings, seed and step (the order of the data,
 * dropout, learning rates) is not kept: it is derived again.
 */
import type { EarlyStoppingState } from './early-stopping';
import type { BaselineId, FoldOutcome, TrainedModel } from './experiment';

/** A tensor's values by parameter name, in the engine's layout. */
export type NamedArrays = Map<string, { shape: number[]; values: Float32Array }>;

/** Everything the next step of a fit needs. */
export interface FitState {
  /** The part of the plan it belongs to: «fold 2», «final». */
  part: string;
  /** Optimizer updates done in this fit. */
  step: number;
  /** The trained parameters, a head included. */
  weights: NamedArrays;
  optimizer: { step: number; moments: Map<string, { first: Float32Array; second: Float32Array }> };
  /** The weights of the best validation so far. */
  best: NamedArrays | null;
  watched: EarlyStoppingState;
  /** Padded tokens in one micro-batch: halved each time the memory ran out. */
  stepTokens: number;
  divergence: DivergenceState;
}

/** What the divergence guard counts. */
export interface DivergenceState {
  /** Exponential mean of the training loss, and the lowest it was; null before the first step. */
  smoothLoss: number | null;
  bestLoss: number | null;
  /** How often the fit went back to its last good weights. */
  setbacks: number;
  /** What every learning rate is multiplied by: halved at each setback. */
  rateFactor: number;
}

/** A finished fold, with all that the report says of it. */
export interface FoldPiece {
  id: BaselineId | 'tuned';
  outcome: FoldOutcome;
  chosenC: number | null;
  notes: string[];
  trainedParameters: number;
}

/** A baseline fitted to all training rows. */
export interface FinalPiece {
  id: BaselineId;
  /** [test rows, classes]; empty without a test part. */
  probabilities: Float32Array;
  chosenC: number | null;
  /** Features only: the «before» of Try. */
  model: TrainedModel | null;
}

/** All that was kept of an unfinished run. */
export interface KeptWork {
  folds: FoldPiece[];
  finals: FinalPiece[];
  /** The model of the last finished fold: what a stop keeps. */
  fallback: TrainedModel | null;
  /** At most one per part. */
  fits: FitState[];
  /** Milliseconds worked before, pauses left out. */
  workedMs: number;
}

/** Where a fit leaves its state between steps. */
export interface Checkpoints {
  /** True when one is wanted now: after 60 s, at the end of an epoch, on a pause, when the page is hidden. */
  due(at: 'step' | 'epoch'): boolean;
  /** Resolves when it is on the disk, or when it was said in the log why it is not: then the one before still holds. */
  save(state: FitState): Promise<void>;
}
