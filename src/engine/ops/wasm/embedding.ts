/** Rows of tables by their ids for WebAssembly: their sum, and the way back. See ops/embedding.ts. */

/** out[place] = Σ table[ids[place]] over the lookups; tables: [size, width], out: [n, width]. */
export function sumRowsInto(
  lookups: readonly { table: Float32Array; ids: Int32Array }[],
  out: Float32Array,
  width: number,
): void {
  lookups.forEach(({ table, ids }, which) => {
    ids.forEach((id, place) => {
      for (let i = place * width, j = id * width; j < (id + 1) * width; i++, j++) {
        out[i] = (which === 0 ? 0 : (out[i] ?? 0)) + (table[j] ?? 0);
      }
    });
  });
}

/** to[id] = Σ from[place] over the places of that id, 0 where there are none; from: [n, width], to: [size, width]. */
export function sumPlacesInto(from: Float32Array, ids: Int32Array, to: Float32Array, width: number): void {
  to.fill(0);
  ids.forEach((id, place) => {
    for (let i = place * width, j = id * width; j < (id + 1) * width; i++, j++) to[j] = (to[j] ?? 0) + (from[i] ?? 0);
  });
}
