/** Deleting a data set, with a look at the runs that need it. */
import { AppError, toErrorData } from '../../../core/errors';
import { isAtWork, type Run } from '../../../core/run/record';
import type { Hone } from '../../../state/hone.svelte';

/** Deletes a data set, with Undo; false, and says why, while a run works on it. */
export function removeDataset(
  { datasets, runs, toasts }: Pick<Hone, 'datasets' | 'runs' | 'toasts'>,
  datasetId: string,
): boolean {
  try {
    datasets.remove(datasetId, warningOf(runs.list, datasetId));
    return true;
  } catch (error) {
    toasts.show(toErrorData(error).message);
    return false;
  }
}

/** What goes with a data set, in words: runs that could be resumed. Throws `busy` where a run works on it. */
export function warningOf(runs: readonly Run[], datasetId: string): string {
  const on = runs.filter(({ request: { datasetId: own, evaluation } }) => {
    return own === datasetId || (evaluation.test.kind === 'file' && evaluation.test.datasetId === datasetId);
  });
  const working = on.find(({ state }) => isAtWork(state));
  if (working) {
    throw new AppError('busy', `«${working.name}» works on this data set. Stop it or wait for its end, then delete.`);
  }
  const waiting = on.filter(({ state }) => state === 'interrupted').map(({ name }) => `«${name}»`);
  return waiting.length === 0 ? '' : `Without it ${waiting.join(' and ')} cannot be resumed, only finished.`;
}
