/** What a person may do with a run that was broken off, from whatever screen. What fails is said, and the run is as it was. */
import { toErrorData } from '../core/errors';
import { formatPercent } from '../core/formats/numbers';
import type { Run } from '../core/plan/run';
import type { Hone } from '../state/hone.svelte';

/** «broken off at 42 %». */
export function brokenOffAt({ progress }: Pick<Run, 'progress'>): string {
  return progress === null ? 'broken off' : `broken off at ${formatPercent(progress.progress, 0)}`;
}

/** Goes on with it and shows it. */
export async function resumeRun({ training, router, toasts }: Hone, runId: string): Promise<void> {
  try {
    await training.goOn(runId);
    router.go({ screen: 'running', runId });
  } catch (error) {
    toasts.show(`The run was not resumed. ${toErrorData(error).message}`);
  }
}

/** Ends it with what it had finished, and shows the report where there is one. */
export async function finishRun({ training, router, runs, toasts }: Hone, runId: string): Promise<void> {
  try {
    await training.finish(runId);
    if (runs.byId(runId)?.report) router.go({ screen: 'report', runId });
    else toasts.show('The run is ended. No fold was finished, so there is no report.');
  } catch (error) {
    toasts.show(`The run was not ended. ${toErrorData(error).message}`);
  }
}
