/**
 * When a fit's training loss has run away, and what is left of its patience: plain values, no weights. The loop goes
 * back to the last good weights and takes the same steps again at half the rate.
 */
import type { DivergenceState } from '../../core/run/checkpoint';

export const NO_DIVERGENCE: DivergenceState = { smoothLoss: null, bestLoss: null, setbacks: 0, rateFactor: 1 };

/** More setbacks than this, and it is not the rate: the run stops. */
export const MOST_SETBACKS = 3;

/** Share of the past in the mean: about ten steps, so that one hard batch is not taken for a trend. */
const MEMORY = 0.9;
/** The loss has run away at this multiple of its best. */
const RUNAWAY = 10;
/**
 * Best losses below this share of the chance loss count as this much. A model that has learnt its rows by heart has
 * losses near 0, and ten times nothing is a single mistake; so a fit is never called back before it is worse than
 * guessing.
 */
const FLOOR = 1 / RUNAWAY;

/** Takes the loss of one step in. `chanceLoss` is that of a model that knows nothing. */
export function watchLoss(
  state: DivergenceState,
  loss: number,
  chanceLoss: number,
): { state: DivergenceState; diverged: boolean } {
  const smoothLoss = state.smoothLoss === null ? loss : MEMORY * state.smoothLoss + (1 - MEMORY) * loss;
  const bestLoss = Math.min(state.bestLoss ?? Infinity, smoothLoss);
  const limit = RUNAWAY * Math.max(bestLoss, FLOOR * chanceLoss);
  return { state: { ...state, smoothLoss, bestLoss }, diverged: !(smoothLoss <= limit) };
}

/** After going back: half the rate, and the losses are counted anew. */
export function setBack({ setbacks, rateFactor }: DivergenceState): DivergenceState {
  return { smoothLoss: null, bestLoss: null, setbacks: setbacks + 1, rateFactor: rateFactor / 2 };
}
