/** Places of rows in ascending order. Pure. */

/** Index of the first place that is not before `place`; the last index where all are. */
export function firstFrom(places: Int32Array, place: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return Math.min(low, Math.max(0, places.length - 1));
}
