/**
 * How far to go along a direction. `wolfeSearch` for smooth functions, `orthantSearch` for those with an L1 term.
 * Both write the point they accept into `next` and its gradient (of the smooth part) into `nextGradient`.
 */
import { dot } from './curvature';

/** Value at a point; writes the gradient there into the second argument. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface Trial {
  point: Float64Array;
  direction: Float64Array;
  value: number;
  /** direction · gradient at the start, negative. */
  slope: number;
  next: Float64Array;
  nextGradient: Float64Array;
}

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const MAX_TRIALS = 30;
/** Below this share of the value a difference is rounding, not a rise. */
const ROUNDING = 1e-14;

/**
 * A step with the weak Wolfe conditions, so that move · change of gradient is positive (Lewis & Overton 2013,
 * algorithm 2.6; steps by cubic interpolation). Returns the value there, or null where none was found.
 */
export function wolfeSearch(objective: Objective, trial: Trial, firstStep: number): number | null {
  const { point, direction, next, nextGradient } = trial;
  let low = { step: 0, value: trial.value, slope: trial.slope };
  let high: typeof low | null = null;
  let step = firstStep;
  for (let i = 0; i < MAX_TRIALS; i++) {
    for (let j = 0; j < next.length; j++) next[j] = (point[j] ?? 0) + step * (direction[j] ?? 0);
    const value = objective(next, nextGradient);
    const here = { step, value, slope: dot(direction, nextGradient) };
    const wanted = trial.value + SUFFICIENT_DECREASE * step * trial.slope;
    const lower = value < trial.value && value <= wanted;
    // Near the minimum a full step changes the value by less than rounding does: it is taken all the same.
    const level = i === 0 && value <= wanted + ROUNDING * Math.abs(trial.value);
    // A value of NaN is neither, and so too far.
    if (!lower && !level) high = here;
    else if (here.slope < CURVATURE * trial.slope) low = here;
    else return value;
    step = high === null ? step * 4 : low.step + interpolate(low, high);
  }
  return null;
}

/** Where the cubic through two values and slopes is lowest, measured from `low` and kept off both ends. */
function interpolate(
  low: { step: number; value: number; slope: number },
  high: { step: number; value: number; slope: number },
): number {
  const width = high.step - low.step;
  const theta = (3 * (low.value - high.value)) / width + low.slope + high.slope;
  const root = Math.sqrt(theta * theta - low.slope * high.slope);
  const share = 1 - (high.slope + root - theta) / (high.slope - low.slope + 2 * root);
  return width * (Number.isFinite(share) ? Math.min(0.9, Math.max(0.1, share)) : 0.5);
}

/** The L1 part of an objective: weight · Σ|x| over the first `count` coordinates. */
export interface L1Term {
  weight: number;
  count: number;
}

export function l1Value({ weight, count }: L1Term, point: Float64Array): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += Math.abs(point[i] ?? 0);
  return weight * total;
}

/** The steepest slope of smooth part + L1: at 0 a coordinate moves only when its gradient beats the weight. */
export function pseudoGradient({ weight, count }: L1Term, point: Float64Array, gradient: Float64Array): Float64Array {
  const pseudo = gradient.slice();
  for (let i = 0; i < count; i++) {
    const x = point[i] ?? 0;
    const g = gradient[i] ?? 0;
    pseudo[i] = x !== 0 ? g + weight * Math.sign(x) : Math.sign(g) * Math.max(0, Math.abs(g) - weight);
  }
  return pseudo;
}

/**
 * Backtracking inside the orthant the step starts into (OWL-QN, Andrew & Gao 2007): a coordinate that would change
 * its sign stops at 0. `value` includes the L1 term, and so does the value returned.
 */
export function orthantSearch(
  objective: Objective,
  trial: Trial,
  firstStep: number,
  l1: L1Term,
  pseudo: Float64Array,
): number | null {
  const { point, direction, next, nextGradient } = trial;
  for (let i = 0, step = firstStep; i < MAX_TRIALS; i++, step /= 2) {
    let promised = 0;
    for (let j = 0; j < next.length; j++) {
      const from = point[j] ?? 0;
      let to = from + step * (direction[j] ?? 0);
      if (j < l1.count && to * (from !== 0 ? from : -(pseudo[j] ?? 0)) <= 0) to = 0;
      next[j] = to;
      promised += (pseudo[j] ?? 0) * (to - from);
    }
    const value = objective(next, nextGradient) + l1Value(l1, next);
    if (value <= trial.value + SUFFICIENT_DECREASE * promised + ROUNDING * Math.abs(trial.value)) return value;
  }
  return null;
}
