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
      const [curvature, moved, changed] = threeDots(move, change);
      if (!(curvature > 1e-14 * Math.sqrt(moved * changed))) return;
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
      const newest = pairs.at(-1);
      let product = newest === undefined ? 0 : dot(newest.move, vector);
      pairs.toReversed().forEach(({ change, rho }, i) => {
        const weight = rho * product;
        weights.push(weight);
        const older = pairs[pairs.length - 2 - i];
        product = addScaledAndDot(vector, -weight, change, older?.move);
      });
      precondition?.(vector);
      product = scaleAndDot(vector, scale, pairs[0]?.change);
      pairs.forEach(({ move, rho }, i) => {
        product = addScaledAndDot(vector, (weights.pop() ?? 0) - rho * product, move, pairs[i + 1]?.change);
      });
    },
  };
}

export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] ?? 0) * (b[i] ?? 0);
  return total;
}

/** a · b, a · a and b · b: a sum waits for itself, and three go side by side in the time of one. */
function threeDots(a: Float64Array, b: Float64Array): [number, number, number] {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return [ab, aa, bb];
}

/** target += factor · vector; gives target · other in the same pass, 0 without another. */
function addScaledAndDot(
  target: Float64Array,
  factor: number,
  vector: Float64Array,
  other: Float64Array | undefined,
): number {
  if (other === undefined) {
    for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (vector[i] ?? 0);
    return 0;
  }
  let total = 0;
  for (let i = 0; i < target.length; i++) {
    const value = (target[i] ?? 0) + factor * (vector[i] ?? 0);
    target[i] = value;
    total += (other[i] ?? 0) * value;
  }
  return total;
}

/** target := factor · target; gives target · other in the same pass, 0 without another. */
function scaleAndDot(target: Float64Array, factor: number, other: Float64Array | undefined): number {
  let total = 0;
  for (let i = 0; i < target.length; i++) {
    const value = factor * (target[i] ?? 0);
    target[i] = value;
    if (other !== undefined) total += (other[i] ?? 0) * value;
  }
  return total;
}
