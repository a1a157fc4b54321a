/** The keys of a run's parts: under which its progress is told, and the state of its fits is kept. */

/** The fit to all training rows. */
export const FINAL_PART = 'final';

/** The key of a fold's part. */
export function foldPart(fold: number): string {
  return `fold ${fold}`;
}
