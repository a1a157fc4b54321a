/**
 * A set of row ids (or of lines) as it is stored: an ascending list, or one bit for each number between its smallest
 * and its largest, whichever is smaller. Measured for a million rows: a list takes 4 bytes for each (2 MB for every
 * second row), bits 125 KB at most and are told by one look; ranges are 4 MB in the worst case.
 * Plain values: it goes through `postMessage` and IndexedDB.
 */

export type RowSet = { count: number } & (
  { kind: 'list'; ids: Int32Array<ArrayBuffer> } | { kind: 'bits'; first: number; bits: Uint8Array<ArrayBuffer> }
);

/** The set of these numbers, in any order and however often each is named. */
export function packRows(numbers: ArrayLike<number>): RowSet {
  const sorted = Int32Array.from(numbers).sort();
  const [first = 0, last = -1] = [sorted[0], sorted.at(-1)];
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    const id = sorted[i] ?? 0;
    if (count === 0 || id !== sorted[count - 1]) sorted[count++] = id;
  }
  const ids = sorted.slice(0, count);
  if (ids.byteLength <= (last - first) / 8) return { kind: 'list', count, ids };
  const bits = new Uint8Array(count === 0 ? 0 : ((last - first) >> 3) + 1);
  for (const id of ids) bits[(id - first) >> 3] = (bits[(id - first) >> 3] ?? 0) | (1 << ((id - first) & 7));
  return { kind: 'bits', count, first, bits };
}

/** Whether a number is in the set. */
export function hasRow(set: RowSet, id: number): boolean {
  if (set.kind === 'list') return set.ids[firstFrom(set.ids, id)] === id;
  const at = id - set.first;
  return at >= 0 && ((set.bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}

/** The numbers of the set, ascending; at most the first `most` of them. */
export function listRows(set: RowSet, most = Infinity): Int32Array<ArrayBuffer> {
  if (set.kind === 'list') return set.ids.slice(0, most);
  const ids = new Int32Array(Math.min(set.count, most));
  for (let byte = 0, found = 0; found < ids.length; byte++) {
    const eight = set.bits[byte] ?? 0;
    for (let bit = 0; bit < 8 && eight >> bit !== 0 && found < ids.length; bit++) {
      if ((eight >> bit) & 1) ids[found++] = set.first + byte * 8 + bit;
    }
  }
  return ids;
}

/** Index of the first of the ascending `numbers` that is not below `number`; their length where all are. */
export function firstFrom(numbers: ArrayLike<number>, number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
