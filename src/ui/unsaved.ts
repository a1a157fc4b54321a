/** The words of a run whose end could not be saved and waits in its worker. Pure. */
import { formatBytes } from '../core/words/numbers';
import type { JobState } from '../core/run/record';
import type { UnsavedEnd } from '../core/run/unsaved';

/** «Broken off at the end: the disk is full». */
export function unsavedTitle({ error }: Pick<UnsavedEnd, 'error'>): string {
  return `Broken off at the end: ${error.code === 'storage-full' ? 'the disk is full' : 'it could not be saved'}`;
}

const OVER: Partial<Record<JobState, string>> = {
  stopped: 'The run was stopped',
  failed: 'The run failed',
  cancelled: 'The run was cancelled',
};

/** What waits, and what is safe. */
export function unsavedWords({ state, summary, modelBytes }: UnsavedEnd): string {
  const model = modelBytes > 0 ? ` and its trained model (${formatBytes(modelBytes)})` : '';
  const waits = summary === null ? 'That waits' : `Its report${model} ${model ? 'wait' : 'waits'}`;
  return (
    `${OVER[state] ?? 'The run is finished'}. ${waits} in this tab, and nothing is lost while it stays open. ` +
    'What was saved before is still there.'
  );
}

/** What to do about it; `stored` and `quota` in bytes, null where the browser does not say. */
export function unsavedAdvice(
  { error, modelBytes }: Pick<UnsavedEnd, 'error' | 'modelBytes'>,
  stored: number | null,
  quota: number | null,
): string {
  if (error.code !== 'storage-full') return `${error.message} Then try again here.`;
  const room =
    stored === null || quota === null
      ? ''
      : ` This page has ${formatBytes(stored)} of the ${formatBytes(Math.max(stored, quota))} that the browser gives it.`;
  const needs = modelBytes > 0 ? `about ${formatBytes(modelBytes)}` : 'a little room';
  return `It needs ${needs}.${room} Free space on this computer, or delete runs and data sets here; then save it.`;
}
