/**
 * What one run of training and evaluation takes and gives, as plain values: the engine produces an
 * `ExperimentOutcome`, core/report/report turns it into a report, storage keeps it.
 */
import type { FinalPiece, FoldPiece } from './checkpoint';
import type { PlanEstimate } from './estimate';
import type { RecipeChoice } from '../recipes/choose';
import type { BaselineId } from '../settings/settings';
import type { FoldOutcome, Predictions } from './predictions';
import type { CurvePoint, RunProgress } from './record';
import type { EvaluationPlan, Settings } from '../settings/settings';
import type { NoisyCopies } from '../text/noisy-copies';
import type { ExperimentTimings } from './timings';
import type { TrainedModel } from './trained-model';

/** Rows ready for training. All arrays have one entry per row. */
export interface ExperimentData {
  labels: string[];
  lines: Int32Array;
  texts: string[];
  labelIndices: Int32Array;
  /** Rows with the same number never stand on both sides of a split. */
  groups: Int32Array;
  /** Token ids with [CLS] and [SEP], cut at `settings.maxLength`. */
  tokenIds: Int32Array[];
  /** How many rows were cut. */
  cutRows: number;
  /** The rows with noise in their texts, of the kinds that the run may train on. */
  noisy?: NoisyCopies;
}

export interface ExperimentOutcome {
  /** False when the person stopped it; `missing` then says in words what there is not. */
  complete: boolean;
  missing: string[];
  /** Things that had to be done differently from the plan, in words, for the report. */
  notes: string[];
  folds: FoldOutcome[];
  /** In the same fold order; fewer when stopped. */
  baselines: Record<BaselineId, FoldOutcome[]>;
  /** The model that is kept. After an early stop it is the best of a fold, or null when there was none yet. */
  tuned: TrainedModel | null;
  /** True when `tuned` was trained on all training rows, and then how long. */
  finalFit: boolean;
  finalSteps: number;
  finalEpochs: number;
  /** Features only on all training rows: the «before» of Try. Null when stopped before. */
  base: TrainedModel | null;
  /** Where a recipe was chosen for the model that is kept: the plain classifier, fitted to the same rows. */
  plain?: TrainedModel | undefined;
  test: (Predictions & { baselines: Record<BaselineId, Predictions> }) | null;
  trainedParameters: number;
  /** What *features only*, method or baseline, was given where that was chosen; null where it was not. */
  recipes?: RecipeOutcome | null;
  timings: ExperimentTimings;
}

/** The recipes of *features only*, and what the plain one, fitted to the same rows, answered to the same. */
export interface RecipeOutcome {
  folds: { fold: number; choice: RecipeChoice }[];
  /** In the order of `folds`. */
  plain: FoldOutcome[];
  /** Of the fit to all training rows. */
  final: RecipeChoice | null;
  plainTest: Predictions | null;
}

/**
 * What the engine tells while it works. All calls are cheap and synchronous. What a resumed run was given as kept is
 * not told again.
 */
export interface ExperimentObserver {
  onProgress(progress: Partial<RunProgress>): void;
  /** What the plan takes on this device, before it starts. */
  onEstimate?(estimate: PlanEstimate): void;
  /** All texts are read: seconds of this start and those before. */
  onFeatures?(seconds: number): void;
  onPoint(point: CurvePoint): void;
  /** A fold of the method is done; `model` is what a stop from now on would keep. */
  onFold(piece: FoldPiece, model: TrainedModel): void;
  /** A baseline's answers on one fold: kept at once too, so that a closed tab still has something to compare with. */
  onBaseline?(piece: FoldPiece): void;
  /** A baseline fitted to all training rows. */
  onBaselineFinal?(piece: FinalPiece): void;
  onLog(message: string): void;
}

/** Asked between steps. Resolves at once while running, waits while paused. */
export interface RunControl {
  /** `stop` = keep the best so far and finish early; throws AppError 'cancelled' when cancelled. */
  checkpoint(): Promise<'continue' | 'stop'>;
  /** Takes a stop back: what it ended is over, and what follows may be stopped in its turn. */
  goOn?(): void;
  /** True when `checkpoint` would wait: what works on other threads is brought to a stand first. */
  pausing?(): Promise<boolean>;
}

/** Keeps what frozen encoders gave between runs. Keys are made by the engine from model, text and length hashes. */
export interface FeatureStore {
  get(key: string): Promise<StatePiece | null>;
  put(key: string, values: StatePiece): Promise<void>;
}

/** Values in a store: float32, or float16 as bit patterns. */
export type StatePiece = Float32Array | Uint16Array;

/**
 * Keeps the output of frozen layers: blocks of one piece per text, put and thrown away whole, read by the piece.
 * Keys are made by the engine. What this store has given, taken or claimed is not thrown away while it lives.
 */
export interface StateStore {
  /** Bytes that it would still take; what earlier runs left, and this one did not claim, makes way. */
  room(): Promise<number>;
  /** True when there is such a block. */
  claim(key: string): Promise<boolean>;
  /** A whole block, claimed; null when there is none. */
  get(key: string): Promise<StatePiece[] | null>;
  /** Throws `storage-full` when there is no room, and `storage-failed`. */
  put(key: string, pieces: readonly StatePiece[]): Promise<void>;
  /** Single pieces; null for those that are not there. */
  read(places: readonly StatePlace[]): Promise<(StatePiece | null)[]>;
}

/** Where a piece stands: the key of its block, and its 0-based number there. */
export interface StatePlace {
  block: string;
  piece: number;
}

export interface ExperimentPlan {
  settings: Settings;
  evaluation: EvaluationPlan;
  /** Fold of each training row, 0-based. */
  foldOf: Int32Array;
  folds: number;
}
