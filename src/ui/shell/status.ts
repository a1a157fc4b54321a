/** The one polite status line: a sentence per event worth hearing, never per step. Pure. */
import type { JobState, RunProgress } from '../../core/run/record';

export interface StatusFacts {
  /** Name of the file being read. */
  reading: string | null;
  jobState: JobState | null;
  /** The run is over, and its end could not be saved. */
  unsaved?: boolean;
  progress: Pick<RunProgress, 'phase' | 'fold' | 'folds' | 'epoch' | 'epochs'> | null;
}

const PHASES: Record<Exclude<RunProgress['phase'], 'fold'>, string> = {
  'loading-model': 'Loading the model.',
  features: 'Reading the texts.',
  baselines: 'Computing the simpler methods.',
  'final-fit': 'Training the model that is kept.',
  test: 'Answering the test part.',
  report: 'Writing the report.',
};

/** What a screen reader should hear now; it changes at state changes, phases, folds and epochs only. */
export function statusLine({ reading, jobState, unsaved = false, progress }: StatusFacts): string {
  if (reading !== null) return `Reading ${reading}.`;
  switch (jobState) {
    case null:
      return '';
    case 'succeeded':
      return 'Training finished. The report is ready.';
    case 'failed':
      return 'Training failed.';
    case 'stopped':
      return 'Training stopped. What was finished is kept.';
    case 'cancelled':
      return 'Training cancelled.';
    case 'paused':
      return 'Training paused.';
    case 'interrupted':
      if (unsaved) return 'Training is over, and its end could not be saved yet.';
      return 'Training was broken off. It can be resumed.';
    case 'validating':
    case 'queued':
    case 'running': {
      if (!progress) return 'Training starts.';
      if (progress.phase !== 'fold') return PHASES[progress.phase];
      const at = Math.min(progress.epochs, progress.epoch + 1);
      const epoch = progress.epochs > 0 ? `, epoch ${at} of ${progress.epochs}` : '';
      return `Fold ${progress.fold + 1} of ${progress.folds}${epoch}.`;
    }
    default:
      return jobState satisfies never;
  }
}
