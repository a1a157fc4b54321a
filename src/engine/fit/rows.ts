/**
 * Small moves on row-major values [rows, columns].
 */

/** Divides each row by its Euclidean length, in place; returns the same array. */
export function normaliseRows(values: Float32Array, columns: number): Float32Array {
  for (let start = 0; start < values.length; start += columns) {
    let squares = 0;
    for (let j = start; j < start + columns; j++) squares += (values[j] ?? 0) ** 2;
    const scale = 1 / Math.max(Math.sqrt(squares), 1e-12);
    for (let j = start; j < start + columns; j++) values[j] = (values[j] ?? 0) * scale;
  }
  return values;
}

/** Writes row i of `values` to row `places[i]` of `into`. */
export function placeRows(into: Float32Array, places: ArrayLike<number>, values: Float32Array, columns: number): void {
  for (let i = 0; i < places.length; i++) {
    into.set(values.subarray(i * columns, (i + 1) * columns), (places[i] ?? 0) * columns);
  }
}

/** A new array whose row i is row `from[i]` of `values`. */
export function spreadRows(values: Float32Array, from: ArrayLike<number>, columns: number): Float32Array {
  const spread = new Float32Array(from.length * columns);
  for (let i = 0; i < from.length; i++) {
    const start = (from[i] ?? 0) * columns;
    spread.set(values.subarray(start, start + columns), i * columns);
  }
  return spread;
}
