/** What a person may do with a run that was broken off or ended early, from whatever screen. What fails is said, and the run is as it was. */
import { SvelteMap } from 'svelte/reactivity';
import { AppError, type ErrorCode, fromErrorData, toErrorData } from '../core/errors';
import { formatAmount, formatPercent } from '../core/words/numbers';
import type { Run } from '../core/run/record';
import { autoChoices } from '../core/settings/defaults';
import type { Backend } from '../core/settings/settings';
import type { Datasets } from '../state/datasets.svelte';
import type { Hone } from '../state/hone.svelte';
import type { Route } from '../state/routes';

/** Why a run was not gone on with when that was last asked for, by its id; told on its page. */
export const refusals = new SvelteMap<string, AppError>();

/** «broken off at 42 %». */
export function brokenOffAt({ progress }: Pick<Run, 'progress'>): string {
  if (progress?.phase === 'report') return 'broken off at the end';
  return progress === null ? 'broken off' : `broken off at ${formatPercent(progress.progress, 0)}`;
}

/** What it had finished: «2 folds finished.»; of a search its rungs. */
export function finishedBefore({ folds, search }: Pick<Run, 'folds' | 'search'>): string {
  if (search) {
    const done = search.table?.rungs.filter(({ state }) => state === 'done' || state === 'dropped').length ?? 0;
    return done === 0 ? 'No rung was finished yet.' : `${formatAmount(done, 'rung')} finished.`;
  }
  return folds.length === 0 ? 'No fold was finished yet.' : `${formatAmount(folds.length, 'fold')} finished.`;
}

/** The newest run that was broken off and not put aside, unless the screen shows it anyway. */
export function runToOffer(runs: readonly Run[], aside: ReadonlySet<string>, route: Route): Run | null {
  const run = runs.find(({ id, state }) => state === 'interrupted' && !aside.has(id)) ?? null;
  const seen = route.screen === 'runs' || (route.screen === 'running' && route.runId === run?.id);
  return seen ? null : run;
}

/** What no second try helps against: the app, the model or the data are others than when the run began. */
const FINAL: readonly ErrorCode[] = ['checkpoint-foreign', 'not-found'];

/** False where a run can never be gone on with, only be finished: its data are gone, or what was said last tells so. */
export function canGoOn(
  { id, datasetId, error }: Pick<Run, 'id' | 'datasetId' | 'error'>,
  datasets: Pick<Datasets, 'loaded' | 'byId'>,
): boolean {
  const fault = refusals.get(id) ?? error;
  if (fault !== null && FINAL.includes(fault.code)) return false;
  return !datasets.loaded || datasets.byId(datasetId) !== null;
}

/** True where the rows that it was made from are here: its version of the data set, and the test file's set. */
export function hasRows(
  { datasetId, datasetVersion, request }: Pick<Run, 'datasetId' | 'datasetVersion' | 'request'>,
  datasets: Pick<Datasets, 'byId'>,
): boolean {
  const { test } = request.evaluation;
  if (test.kind === 'file' && datasets.byId(test.datasetId) === null) return false;
  return datasets.byId(datasetId)?.versions.some(({ number }) => number === datasetVersion) === true;
}

const GPU_FAULTS: readonly ErrorCode[] = [
  'no-webgpu',
  'device-wrong',
  'device-lost',
  'gpu-error',
  'out-of-memory',
  'plan-too-large',
];

/** A run that the GPU failed may well work without it. */
export function mayUseProcessor({ request }: Pick<Run, 'request'>, fault: AppError | null): boolean {
  return request.backend === 'webgpu' && fault !== null && GPU_FAULTS.includes(fault.code);
}

/** Goes on with it and shows it; where that is refused, its page says why. */
export async function resumeRun({ training, router }: Pick<Hone, 'training' | 'router'>, runId: string): Promise<void> {
  refusals.delete(runId);
  router.go({ screen: 'running', runId });
  try {
    await training.goOn(runId);
  } catch (error) {
    refusals.set(runId, fromErrorData(toErrorData(error)));
  }
}

/** Ends it with what it had finished, and shows the report where there is one. */
export async function finishRun({ training, router, runs, toasts }: Hone, runId: string): Promise<void> {
  try {
    await training.finish(runId);
    if (runs.byId(runId)?.summary) router.go({ screen: 'report', runId });
    else toasts.show('The run is ended. No fold was finished, so there is no report.');
  } catch (error) {
    toasts.show(`The run was not ended. ${toErrorData(error).message}`);
  }
}

/** Begins it anew as it was, under a new id; texts that were read are not read again. */
export async function startAgain(
  { training, router, toasts }: Pick<Hone, 'training' | 'router' | 'toasts'>,
  { request }: Pick<Run, 'request'>,
  backend: Backend = request.backend,
): Promise<void> {
  try {
    const { runId: _, search, ...plan } = request;
    // What rungs take was measured on the device that it was asked for.
    const measured = backend === request.backend ? (search?.measured ?? null) : null;
    // A run of an earlier version knows less settings; those are on auto.
    const choices = { ...autoChoices(), ...plan.choices };
    const again = { ...plan, choices, backend, ...(search && { search: { ...search, measured } }) };
    router.go({ screen: 'running', runId: await training.start(again) });
  } catch (error) {
    toasts.show(`The run did not start. ${toErrorData(error).message}`);
  }
}

/** Deletes a run, with Undo; false where it may not be. */
export function removeRun(
  { training, runs, toasts }: Pick<Hone, 'training' | 'runs' | 'toasts'>,
  runId: string,
): boolean {
  try {
    // Its record says so a moment later.
    if (training.busy && training.runId === runId) {
      throw new AppError('busy', 'This run is still working. Stop it, then delete it.');
    }
    runs.remove(runId);
    return true;
  } catch (error) {
    toasts.show(toErrorData(error).message);
    return false;
  }
}
