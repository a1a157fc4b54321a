/** What features only reached on the same folds, where an earlier run says so: the line that training has to beat. Pure. */
import { methodDefinition } from '../../../core/settings/methods';
import type { Scores } from '../../../core/metrics/registry';
import type { Run } from '../../../core/run/record';

/** Mean scores 0–1, or null: the folds are the same only for the same rows, plan, limit and seed. */
export function referenceOf(run: Run, runs: readonly Run[]): Scores | null {
  if (run.settings === null || methodDefinition(run.method).baseline === 'features_only') return null;
  for (const other of runs) {
    const baseline = other.summary?.baselines.features_only;
    if (other.id === run.id || baseline === undefined || other.summary?.status !== 'complete') continue;
    const same =
      other.datasetId === run.datasetId &&
      other.datasetVersion === run.datasetVersion &&
      other.request.limit === run.request.limit &&
      JSON.stringify(other.request.evaluation) === JSON.stringify(run.request.evaluation) &&
      other.settings?.seed === run.settings.seed &&
      other.settings.maxLength === run.settings.maxLength;
    if (same) return baseline;
  }
  return null;
}
