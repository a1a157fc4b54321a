/**
 * The keys of a run's parts: under which its progress is told, and the state of its fits is kept. A run may have trials,
 * experiments beside its own; their parts are told by the trial.
 */

/** The fit to all training rows. */
export const FINAL_PART = 'final';

/** The frozen layers' output, computed once. */
export const PREFIX_PART = 'prefix';

/** An experiment of a run beside its own, by its number. */
export type TrialId = `trial ${number}`;

/** The key of a fold's part. */
export function foldPart(fold: number, trial?: string): string {
  return trial === undefined ? `fold ${fold}` : `${trial}, fold ${fold}`;
}

/** The key of the answers to a fold's held-out rows, of a run of written answers. */
export function answersPart(fold: number): string {
  return `answers ${fold}`;
}

/** The key of the reading of all texts with an encoder: 0 is the first. */
export function readingPart(encoder: number): string {
  return encoder === 0 ? 'features' : `features ${encoder + 1}`;
}
