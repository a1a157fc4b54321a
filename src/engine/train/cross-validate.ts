/**
 * Fits a learner to every fold's training rows and lets it answer the rows it has not seen. Knows no method.
 * Folds that an interrupted run had finished are left out; one that it was in goes on from its state.
 */
import type { FitState } from '../../core/plan/checkpoint';
import type { ExperimentPlan, FoldOutcome } from '../../core/plan/experiment';
import type { FitTask, FoldFit, FoldLearner } from './method';
import type { Pace } from './pace';

export interface CrossValidation<F extends FoldFit> {
  plan: Pick<ExperimentPlan, 'foldOf' | 'folds'>;
  learner: FoldLearner<F>;
  pace: Pace;
  part(fold: number): string;
  isDone?(fold: number): boolean;
  stateOf?(fold: number): FitState | null;
  /** A fold is done. */
  onFold(outcome: FoldOutcome, fit: F): void | Promise<void>;
  /** Stopped within a fold whose fit was worth finishing, since no fold was done before. */
  onUnfinished?(fit: F): Promise<void>;
}

/** True when every fold was done, false when stopped before. */
export async function crossValidate<F extends FoldFit>(validation: CrossValidation<F>): Promise<boolean> {
  const { plan, learner, pace, part, isDone, stateOf, onFold, onUnfinished } = validation;
  for (let fold = 0; fold < plan.folds; fold++) {
    if (isDone?.(fold)) continue;
    const state = stateOf?.(fold) ?? null;
    const startedMs = pace.workedMs - (state?.workedMs ?? 0);
    const task: FitTask = {
      rows: rowsWhere(plan.foldOf, (of) => of !== fold),
      fold,
      part: part(fold),
      epochs: null,
      keepWhenStopped: fold === 0 && onUnfinished !== undefined,
      state,
    };
    const fit = await learner.fit(task);
    if (!fit) return false;
    try {
      const rows = rowsWhere(plan.foldOf, (of) => of === fold);
      const probabilities = await fit.predict(rows);
      if (!probabilities) {
        if (task.keepWhenStopped) await onUnfinished?.(fit);
        return false;
      }
      const { steps, epochs, bestEpoch } = fit;
      const seconds = (pace.workedMs - startedMs) / 1000;
      await onFold({ fold, rows, probabilities, steps, epochs, bestEpoch, seconds }, fit);
    } finally {
      fit.dispose();
    }
  }
  return true;
}

function rowsWhere(foldOf: Int32Array, wanted: (fold: number) => boolean): Int32Array {
  return Int32Array.from(Array.from(foldOf.keys()).filter((row) => wanted(foldOf[row] ?? 0)));
}
