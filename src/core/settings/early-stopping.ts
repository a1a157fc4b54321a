/**
 * How long a fold trains: how many of its rows are set aside to choose by, and when it stops, which is after `patience`
 * epochs without a better validation loss. Plain values, no weights: the loop keeps the weights whenever `better` is true.
 */

/** Of a fold's training rows. More rows than the most cost time at every look and tell little more. */
const INNER_SHARE = 0.15;
const MOST_INNER_ROWS = 500;
/** With fewer, one row more or less decides where training stops: a patience set by hand is passed over, which is said. */
const FEWEST_INNER_ROWS = 20;
/**
 * `auto` chooses a length by no fewer. Below, the lowest validation loss of a fold is as much luck as sign, and the rows
 * are worth more in training: measured, see *Decisions*.
 */
export const ENOUGH_TO_CHOOSE = 200;

/** How many of a fold's training rows could be set aside, about. */
export function innerRows(rows: number): number {
  return Math.min(INNER_SHARE * rows, MOST_INNER_ROWS);
}

/** How many of them are; 0 = none: early stopping is off, or there are too few of them, or fewer than labels. */
export function innerRowCount(rows: number, labels: number, patience: number): number {
  const wanted = innerRows(rows);
  return patience === 0 || wanted < Math.max(FEWEST_INNER_ROWS, labels) ? 0 : wanted;
}

export interface EarlyStoppingState {
  bestLoss: number;
  /** Position of the best validation, in optimizer steps and in epochs (may be a fraction). */
  bestStep: number;
  bestEpoch: number;
}

export const NO_VALIDATION: EarlyStoppingState = { bestLoss: Infinity, bestStep: 0, bestEpoch: 0 };

/** Takes one validation in; `better` = keep these weights, `stop` = patience is used up. */
export function watchValidation(
  state: EarlyStoppingState,
  seen: { loss: number; step: number; epoch: number },
  patience: number,
): { state: EarlyStoppingState; better: boolean; stop: boolean } {
  if (seen.loss < state.bestLoss) {
    return {
      state: { bestLoss: seen.loss, bestStep: seen.step, bestEpoch: seen.epoch },
      better: true,
      stop: false,
    };
  }
  return { state, better: false, stop: seen.epoch - state.bestEpoch >= patience };
}

/** The length that folds chose: the median (the lower middle of an even number, so that it is one of them). Null for none. */
export function medianLength(lengths: readonly number[]): number | null {
  const sorted = [...lengths].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
