/**
 * When a fold stops: after `patience` epochs without a better validation loss. Plain values, no weights:
 * the loop keeps the weights whenever `better` is true.
 */
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
