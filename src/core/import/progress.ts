/**
 * How far an import is, as one share from 0 to 1 that goes up to its very end. Each phase knows how far it is itself;
 * how much of the whole each one takes was measured on a million short rows (`node bench/large.mjs`).
 */

export type ImportPhase = 'reading' | 'checking' | 'waiting' | 'counting' | 'saving';

/** Share of the time: reading the file, checking the rows, counting their tokens, saving. Waiting has no length. */
const SHARES: readonly (readonly [ImportPhase, number])[] = [
  ['reading', 0.2],
  ['checking', 0.1],
  ['waiting', 0],
  ['counting', 0.65],
  ['saving', 0.05],
];

/** The share of the whole that is done when `done` (0–1) of a phase is. */
export function importShare(phase: ImportPhase, done: number): number {
  let before = 0;
  for (const [name, share] of SHARES) {
    if (name === phase) return before + share * Math.min(1, Math.max(0, done));
    before += share;
  }
  return before;
}
