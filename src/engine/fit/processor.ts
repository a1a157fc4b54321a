/** How fast the processor solves linear classifiers, next to the one whose figures stand in estimate.ts. */

const COLUMNS = 384;
const ROWS = 1000;
/** What the product below took there. */
const PLAIN_MS = 0.6;
/** Timed at once: a page's clock may tell tenths of a millisecond alone, and the best of single turns would be flattered. */
const TURNS = 12;
const GROUPS = 3;

/** 2 = twice as slow. Takes some hundredths of a second. */
export function processorFactor(): number {
  const matrix = new Float64Array(ROWS * COLUMNS).fill(0.5);
  const vector = new Float64Array(COLUMNS).fill(0.25);
  let bestMs = Infinity;
  // The first turns compile.
  for (let group = 0; group < GROUPS; group++) {
    const startedMs = performance.now();
    for (let turn = 0; turn < TURNS; turn++) multiply(matrix, vector);
    bestMs = Math.min(bestMs, (performance.now() - startedMs) / TURNS);
  }
  // A clock made coarse against fingerprinting may say 0.
  return Math.max(bestMs, PLAIN_MS / 10) / PLAIN_MS;
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const out = new Float64Array(ROWS);
  for (let row = 0, i = 0; row < ROWS; row++) {
    let sum = 0;
    for (let column = 0; column < COLUMNS; column++, i++) sum += (matrix[i] ?? 0) * (vector[column] ?? 0);
    out[row] = sum;
  }
  return out;
}
