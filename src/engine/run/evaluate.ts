/**
 * One experiment as a value: a method with its settings, fitted to every fold of a split and answered on the rows it has
 * not seen. It can be asked for many times in one run. What it tells, keeps and shares is the context's: with `quietly` no
 * screen, store or estimate knows of it.
 */
import { AppError } from '../../core/errors';
import { type FitState, type FoldPiece, NO_CHECKPOINTS } from '../../core/run/checkpoint';
import { foldPart, PREFIX_PART, type TrialId } from '../../core/run/parts';
import type { RecipeCorpus } from '../../core/recipes/encoded-rows';
import type { TrainedModel } from '../../core/run/trained-model';
import type { Settings } from '../../core/settings/settings';
import { type FittedFold, outcomeOf, pieceOf, shareOf } from '../tasks/classification/folds';
import type { ClassifierFit, ClassifierLearner, TaskContext } from '../tasks/classification/method';
import { classificationMethod } from '../tasks/classification/registry';
import { beginFolds, type BegunFolds } from './cross-validate';
import { type FoldQueue, laneCount, Lanes, type LaneTask } from './lanes';
import type { RunThreads } from './run-threads';

/** What all experiments of a run share: its rows and model, and what was read of them. */
export interface EvaluationContext extends TaskContext {
  threads?: RunThreads | undefined;
  /** See `ClassificationMethod.learner`. */
  read: RecipeCorpus;
}

export interface Evaluation {
  /** The method is one of them. Rows are cut before: `maxLength` is that of the run. */
  settings: Settings;
  split: {
    /** Fold of each training row, 0-based; −1: left out, neither fitted to nor answered. */
    foldOf: Int32Array;
    folds: number;
  };
  /** Under which its parts and pieces go; the run's own without. */
  trial?: TrialId;
}

export interface EvaluationHooks {
  /** A fold is done; of what it learned, what would be kept. */
  onFold?(piece: FoldPiece, model: TrainedModel): void;
  /** Stopped within the first fold, whose fit was worth finishing. */
  onUnfinished?(fit: ClassifierFit): Promise<void>;
  isDone?(fold: number): boolean;
  stateOf?(part: string): FitState | null;
}

/** The learner of an experiment, for whoever fits it to more than its folds. */
export function learnerOf(context: EvaluationContext, settings: Settings): ClassifierLearner {
  if (settings.maxLength !== context.settings.maxLength) {
    throw new AppError('internal', 'The rows of a run are cut at one length.');
  }
  return classificationMethod(settings.method).learner({ ...context, settings }, context.read);
}

/** An experiment under way. `end` has to be called, whatever happens. */
export interface BegunEvaluation extends BegunFolds {
  /** The folds that were fitted so far, in their order. */
  pieces(): FoldPiece[];
}

/** The folds that were fitted here, in their order; null when stopped. */
export async function evaluate(
  ...[context, evaluation, hooks, learner]: Parameters<typeof beginEvaluation>
): Promise<FoldPiece[] | null> {
  const begun = await beginEvaluation(context, evaluation, hooks, learner);
  try {
    return begun && (await begun.finish()) ? begun.pieces() : null;
  } finally {
    begun?.end();
  }
}

/** Begins on other threads where there are some, see `beginFolds`. Null when stopped. */
export async function beginEvaluation(
  context: EvaluationContext,
  { settings, split, trial }: Evaluation,
  { onFold, onUnfinished, isDone, stateOf }: EvaluationHooks = {},
  learner = learnerOf(context, settings),
): Promise<BegunEvaluation | null> {
  if (!(await learner.prepare())) return null;
  context.progress.finish(PREFIX_PART);
  const own = { ...context, settings };
  const part = (fold: number): string => foldPart(fold, trial);
  const pieces: FoldPiece[] = [];
  const take = (piece: FoldPiece, model: TrainedModel): void => {
    context.progress.report(part(piece.outcome.fold), 1, { fold: piece.outcome.fold });
    pieces.push(piece);
    onFold?.(piece, model);
  };
  const id = trial ?? 'tuned';
  const share = (tasks: readonly LaneTask[]): Promise<FoldQueue> | null =>
    sideBySide(own, learner, tasks, ({ model, ...fitted }) => take({ id, ...fitted }, model));
  const folds = await beginFolds<Float32Array, ClassifierFit>({
    plan: split,
    learner,
    pace: context.pace,
    part,
    ...(isDone && { isDone }),
    stateOf: (fold) => stateOf?.(part(fold)) ?? null,
    share,
    onFold: async (answered, fit) => take(pieceOf(id, outcomeOf(answered), fit), await fit.keep()),
    ...(onUnfinished && { onUnfinished }),
  });
  return { ...folds, pieces: () => pieces.sort((a, b) => a.outcome.fold - b.outcome.fold) };
}

/** The same context, of which nobody hears and nothing is kept. */
export function quietly(context: EvaluationContext): EvaluationContext {
  const nothing = (): void => undefined;
  return {
    ...context,
    checkpoints: NO_CHECKPOINTS,
    observer: { onPoint: nothing, onLog: nothing },
    progress: { report: nothing, take: nothing, finish: nothing, expect: nothing },
  };
}

/** Folds side by side where there are threads for it. */
function sideBySide(
  context: EvaluationContext,
  learner: ClassifierLearner,
  tasks: readonly LaneTask[],
  onFold: (fold: FittedFold) => void,
): Promise<FoldQueue> | null {
  const { threads, model, corpus, settings, read } = context;
  const lent = learner.lend?.();
  const count = laneCount(context, tasks.length);
  if (!threads || !lent || count === 1) return null;
  return Lanes.start({ context, model, shared: shareOf(corpus, settings, read), lent, onFold }, tasks, threads, count);
}
