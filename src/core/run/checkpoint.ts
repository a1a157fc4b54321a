/**
 * What an unfinished run keeps so that it goes on where it was, to the bit: its finished pieces, and the state of the
 * fits under way. Plain data for IndexedDB. Whatever follows from settings, seed and step (the order of the data,
 * dropout, learning rates) is not kept: it is derived again.
 */
import type { EarlyStoppingState } from '../settings/early-stopping';
import type { RecipeChoice } from '../recipes/choose';
import type { BaselineId } from '../settings/settings';
import type { TrialId } from './parts';
import type { FoldOutcome } from './predictions';
import type { TrainedModel } from './trained-model';
import type { CurvePoint } from './record';

/** A tensor's values by parameter name, in the engine's layout. */
export type NamedArrays = Map<string, { shape: number[]; values: Float32Array }>;

/** Everything the next step of a fit needs. */
export interface FitState {
  /** The part of the plan it belongs to: «fold 2», «final». */
  part: string;
  /** As in the points of its curve: one past the last fold for the final fit. */
  fold: number;
  /** Steps done; a setback takes some back. */
  step: number;
  /** The step that validation looked at last, 0 before: a checkpoint may fall into a look, which then is taken again. */
  looked: number;
  /** Training is over, the best weights are in place: only the answers are left. */
  over: boolean;
  /** How many points of its curve were told: a fit that goes on from here tells the ones after these. */
  points: number;
  /** Milliseconds worked on this part, pauses left out. */
  workedMs: number;
  /** The trained parameters, a head included. */
  weights: NamedArrays;
  /** No moments when training is over. */
  optimizer: { step: number; moments: Map<string, { first: Float32Array; second: Float32Array }> };
  /** The weights of the best validation so far; null before it, and when training is over. */
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
  id: BaselineId | 'tuned' | TrialId;
  outcome: FoldOutcome;
  chosenC: number | null;
  notes: string[];
  trainedParameters: number;
  /** Where a recipe was chosen. */
  recipe?: RecipePiece | undefined;
}

/** Which recipe was chosen by the rows that were fitted to, and what the plain one answered: [rows, classes]. */
export interface RecipePiece {
  choice: RecipeChoice;
  plain: Float32Array;
}

/** A baseline fitted to all training rows. */
export interface FinalPiece {
  id: BaselineId;
  /** [test rows, classes]; empty without a test part. */
  probabilities: Float32Array;
  chosenC: number | null;
  /** Features only: the «before» of Try. */
  model: TrainedModel | null;
  seconds: number;
  /** Where a recipe was chosen; the plain one's answers are to the test rows. */
  recipe?: RecipePiece | undefined;
}

/** All that was kept of an unfinished run. */
export interface KeptWork {
  folds: FoldPiece[];
  finals: FinalPiece[];
  /** The model of the last finished fold: what a stop keeps. */
  fallback: TrainedModel | null;
  /** At most one per part, and none of a part that is finished. */
  fits: FitState[];
  /** Milliseconds worked before, pauses left out. */
  workedMs: number;
  /** Of these, seconds that reading the texts took: what was read is not read again. */
  featuresSeconds: number;
}

/**
 * Where a fit leaves its state. It is asked at every turn of a fit (between steps, and while it validates or answers),
 * messages being let in before and a pause waited for after: so a pause stands still on what is on the disk.
 */
export interface Checkpoints {
  /** True when one is wanted now: after 60 s, at the end of an epoch, on a pause, when the page is hidden. */
  due(at: 'step' | 'epoch'): boolean;
  /** Resolves when it is on the disk, or when it was said in the log why it is not: then the one before still holds. */
  save(state: FitState): Promise<void>;
}

/** For runs that nobody takes up again. */
export const NO_CHECKPOINTS: Checkpoints = { due: () => false, save: () => Promise.resolve() };

/**
 * The points of a curve, in the order they were told, that a resumed run does not tell again: all of finished folds, of
 * fits under way those told before their state was taken.
 */
export function knownPoints(
  points: readonly CurvePoint[],
  { done, fits }: { done: readonly number[]; fits: readonly Pick<FitState, 'fold' | 'points'>[] },
): CurvePoint[] {
  const left = new Map(fits.map(({ fold, points }) => [fold, points]));
  for (const fold of done) left.set(fold, Infinity);
  return points.filter(({ fold }) => {
    const more = left.get(fold) ?? 0;
    left.set(fold, more - 1);
    return more > 0;
  });
}
