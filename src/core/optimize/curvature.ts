/**
 * What L-BFGS remembers: the last m moves and the changes of gradient they brought, enough to multiply by an
 * approximate inverse Hessian (Nocedal & Wright 2006, algorithm 7.4). Vectors are Float64Arrays of one length.
 */

/** Overwrites a vector by an approximate inverse Hessian times it; must be symmetric and positive definite. */
export type Precondition = (vector: Float64Array) => void;

export interface Curvature {
  /** Takes a move and its change of gradient; one without positive curvature is not kept. */
  remember(move: Float64Array, change: Float64Array): void;
  /** Overwrites a gradient by the inverse Hessian times it. */
  apply(vector: Float64Array): void;
  forget(): void;
  readonly size: number;
}

interface Pair {
  move: Float64Array;
  change: Float64Array;
  /** 1 / (move · change) */
  rho: number;
}

export function createCurvature(memory: number, precondition?: Precondition): Curvature {
  let pairs: Pair[] = [];
  let scale = 1;
  return {
    get size() {
      return pairs.length;
    },
    forget() {
      pairs = [];
      scale = 1;
    },
    remember(move, change) {
      const curvature = dot(move, change);
      if (!(curvature > 1e-14 * Math.sqrt(dot(move, move) * dot(change, change)))) return;
      // The oldest pair's arrays are used again: large models would otherwise make much garbage.
      const reused = pairs.length === memory ? pairs.shift() : undefined;
      const pair = { move: reused?.move ?? move.slice(), change: reused?.change ?? change.slice(), rho: 1 / curvature };
      pair.move.set(move);
      pair.change.set(change);
      pairs.push(pair);
      // The step length of equation 7.20, measured in the preconditioner's own norm.
      const smoothed = precondition === undefined ? change : change.slice();
      precondition?.(smoothed);
      scale = curvature / dot(change, smoothed);
    },
    apply(vector) {
      const weights: number[] = [];
      for (const { move, change, rho } of pairs.toReversed()) {
        const weight = rho * dot(move, vector);
        addScaled(vector, -weight, change);
        weights.push(weight);
      }
      precondition?.(vector);
      for (let i = 0; i < vector.length; i++) vector[i] = scale * (vector[i] ?? 0);
      for (const { move, change, rho } of pairs) {
        addScaled(vector, (weights.pop() ?? 0) - rho * dot(change, vector), move);
      }
    },
  };
}

export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] ?? 0) * (b[i] ?? 0);
  return total;
}

/** target += factor · vector */
export function addScaled(target: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (vector[i] ?? 0);
}
