/**
 * Fits a learner to every fold's training rows and lets it answer the rows it has not seen. Knows no method.
 * Folds that an interrupted run had finished are left out; those that it was in go on from their states.
 */
import type { FitState } from '../../core/run/checkpoint';
import type { ExperimentPlan } from '../../core/run/experiment';
import type { AnsweredFold, FitTask, FoldFit, FoldLearner } from '../fit/learner';
import type { Pace } from '../fit/pace';
import type { FoldQueue, LaneTask } from './lanes';

export interface FoldEnds<Answers, F extends FoldFit<Answers>> {
  /** A fold is done. */
  onFold(answered: AnsweredFold<Answers>, fit: F): void | Promise<void>;
  /** Stopped within a fold whose fit was worth finishing, since no fold was done before. */
  onUnfinished?(fit: F): Promise<void>;
}

export interface CrossValidation<Answers, F extends FoldFit<Answers>> extends FoldEnds<Answers, F> {
  plan: Pick<ExperimentPlan, 'foldOf' | 'folds'>;
  learner: FoldLearner<F>;
  pace: Pace;
  part(fold: number): string;
  isDone?(fold: number): boolean;
  stateOf?(fold: number): FitState | null;
  /** Other threads that share in the folds; null = one after the other here. */
  share?(tasks: readonly LaneTask[]): Promise<FoldQueue> | null;
}

/** Folds under way. `end` has to be called, whatever happens. */
export interface BegunFolds {
  /** Fits folds here until the rest is as much as the other threads take next. False when stopped. */
  work(): Promise<boolean>;
  /** True when every fold was done, false when stopped before. */
  finish(): Promise<boolean>;
  end(): void;
}

/** True when every fold was done, false when stopped before. */
export async function crossValidate<Answers, F extends FoldFit<Answers>>(
  validation: CrossValidation<Answers, F>,
): Promise<boolean> {
  const folds = await beginFolds(validation);
  try {
    return await folds.finish();
  } finally {
    folds.end();
  }
}

/** Other threads begin at once; this one does other things, or its part of the folds. */
export async function beginFolds<Answers, F extends FoldFit<Answers>>(
  validation: CrossValidation<Answers, F>,
): Promise<BegunFolds> {
  const { learner, pace } = validation;
  const tasks = foldTasks(validation);
  const lanes = (await validation.share?.(tasks)) ?? null;
  const fitAll = async (take: () => LaneTask | null): Promise<boolean> => {
    for (let next = take(); next; next = take()) {
      if (!(await runFold(learner, pace, next.task, next.held, validation))) return false;
    }
    return true;
  };
  const takeAny = (): LaneTask | null => (lanes ? lanes.take() : (tasks.shift() ?? null));
  return {
    work: () => fitAll(lanes ? () => lanes.takeSpare() : takeAny),
    async finish() {
      while (await fitAll(takeAny)) {
        if (lanes?.busy !== true) return true;
        await lanes.news();
        if (!(await pace.goOn())) return false;
      }
      return false;
    },
    end: () => lanes?.end(),
  };
}

/** Fits and answers one fold: `held` are the rows it has not seen. False when stopped. */
export async function runFold<Answers, F extends FoldFit<Answers>>(
  learner: FoldLearner<F>,
  pace: Pace,
  task: FitTask,
  held: Int32Array,
  { onFold, onUnfinished }: FoldEnds<Answers, F>,
): Promise<boolean> {
  const startedMs = pace.workedMs - (task.state?.workedMs ?? 0);
  const fit = await learner.fit(task);
  if (!fit) return false;
  try {
    const answers = await fit.predict(held);
    if (!answers) {
      if (task.keepWhenStopped) await onUnfinished?.(fit);
      return false;
    }
    const { steps, epochs, bestEpoch } = fit;
    const seconds = (pace.workedMs - startedMs) / 1000;
    await onFold({ fold: task.fold, rows: held, answers, steps, epochs, bestEpoch, seconds }, fit);
    return true;
  } finally {
    fit.dispose();
  }
}

function foldTasks<Answers, F extends FoldFit<Answers>>(validation: CrossValidation<Answers, F>): LaneTask[] {
  const { plan, part, isDone, stateOf, onUnfinished } = validation;
  const left = Array.from({ length: plan.folds }, (_, fold) => fold).filter((fold) => isDone?.(fold) !== true);
  return left.map((fold) => {
    const held = rowsWhere(plan.foldOf, (of) => of === fold);
    return {
      held,
      task: {
        rows: rowsWhere(plan.foldOf, (of) => of >= 0 && of !== fold),
        fold,
        part: part(fold),
        epochs: null,
        watch: held,
        keepWhenStopped: fold === 0 && onUnfinished !== undefined,
        state: stateOf?.(fold) ?? null,
      },
    };
  });
}

function rowsWhere(foldOf: Int32Array, wanted: (fold: number) => boolean): Int32Array {
  return Int32Array.from(Array.from(foldOf.keys()).filter((row) => wanted(foldOf[row] ?? 0)));
}
