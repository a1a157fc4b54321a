/**
 * Minimises smooth functions of many variables by L-BFGS (Liu & Nocedal 1989), and smooth + L1 by OWL-QN
 * (Andrew & Gao 2007). A generator, one iteration at a time, so that a worker can look at its messages in between.
 */
import { createCurvature, dot, type Precondition } from './curvature';
import {
  l1Value,
  orthantSearch,
  pseudoGradient,
  wolfeSearch,
  type L1Term,
  type Objective,
  type Trial,
} from './line-search';

export type { L1Term, Objective, Precondition };

export interface MinimizeOptions {
  maxIterations: number;
  /** Converged when no coordinate of the gradient is larger (with L1: of the pseudo-gradient). */
  gradientTolerance: number;
  /** Moves remembered, default 10. */
  memory?: number | undefined;
  precondition?: Precondition | undefined;
  l1?: L1Term | undefined;
  /** Asked before each iteration; true ends with what has been reached. */
  shouldStop?: (() => boolean) | undefined;
}

export interface MinimizeStep {
  /** Iterations done, 0 for the start. */
  iteration: number;
  /** With the L1 term. */
  value: number;
  /** Largest coordinate of the gradient. */
  gradientNorm: number;
}

export interface MinimizeResult extends MinimizeStep {
  point: Float64Array;
  /** `stalled`: no step lowers the value any more, though the gradient is above its tolerance: rounding is reached. */
  outcome: 'converged' | 'limit' | 'stopped' | 'stalled';
}

/** Runs to the end at once. */
export function minimize(objective: Objective, start: Float64Array, options: MinimizeOptions): MinimizeResult {
  const steps = minimizeSteps(objective, start, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Yields after each iteration; `start` stays as it is. */
export function* minimizeSteps(
  objective: Objective,
  start: Float64Array,
  options: MinimizeOptions,
): Generator<MinimizeStep, MinimizeResult, void> {
  const { l1, precondition } = options;
  const curvature = createCurvature(options.memory ?? 10, precondition);
  let point = start.slice();
  let next = new Float64Array(point.length);
  let gradient = new Float64Array(point.length);
  let nextGradient = new Float64Array(point.length);
  const direction = new Float64Array(point.length);
  let value = objective(point, gradient) + (l1 === undefined ? 0 : l1Value(l1, point));

  for (let iteration = 0; ; iteration++) {
    const descent = l1 === undefined ? gradient : pseudoGradient(l1, point, gradient);
    const gradientNorm = largest(descent);
    const end = (outcome: MinimizeResult['outcome']) => ({ iteration, value, gradientNorm, point, outcome });
    if (gradientNorm <= options.gradientTolerance) return end('converged');
    if (iteration >= options.maxIterations) return end('limit');
    yield { iteration, value, gradientNorm };
    if (options.shouldStop?.() === true) return end('stopped');

    let reached: number | null = null;
    for (;;) {
      direction.set(descent);
      curvature.apply(direction);
      for (let i = 0; i < direction.length; i++) direction[i] = -(direction[i] ?? 0);
      if (l1 !== undefined) keepDescending(direction, descent);
      const trial: Trial = { point, direction, value, slope: dot(direction, descent), next, nextGradient };
      // Without any curvature the length of the gradient says nothing about the length of a good step.
      const firstStep = curvature.size > 0 || precondition !== undefined ? 1 : Math.min(1, 1 / Math.sqrt(-trial.slope));
      reached =
        l1 === undefined
          ? wolfeSearch(objective, trial, firstStep)
          : orthantSearch(objective, trial, firstStep, l1, descent);
      if (reached !== null || curvature.size === 0) break;
      curvature.forget();
    }
    if (reached === null) return end('stalled');

    const spare = direction;
    for (let i = 0; i < spare.length; i++) {
      spare[i] = (next[i] ?? 0) - (point[i] ?? 0);
      gradient[i] = (nextGradient[i] ?? 0) - (gradient[i] ?? 0);
    }
    curvature.remember(spare, gradient);
    [point, next] = [next, point];
    [gradient, nextGradient] = [nextGradient, gradient];
    value = reached;
  }
}

/** OWL-QN: a coordinate in which the quasi-Newton direction would climb does not move. */
function keepDescending(direction: Float64Array, descent: Float64Array): void {
  for (let i = 0; i < direction.length; i++) {
    if ((direction[i] ?? 0) * (descent[i] ?? 0) >= 0) direction[i] = 0;
  }
}

function largest(vector: Float64Array): number {
  let best = 0;
  for (const value of vector) best = Math.max(best, Math.abs(value));
  return best;
}
