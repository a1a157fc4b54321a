/**
 * Plain values with the long rows of numbers taken out of them: the rest goes through JSON, the numbers through bytes. In the
 * place of a row stands where it lies among all of them, as `{"float32": [first, count]}`.
 */

/** A value, and its rows of numbers behind one another. */
export interface Detached {
  rest: unknown;
  /** In the order of their places. */
  rows: Float32Array[];
}

/** Takes the rows of numbers out of a plain value. */
export function detach(value: unknown): Detached {
  const rows: Float32Array[] = [];
  let next = 0;
  const walk = (part: unknown): unknown => {
    if (part instanceof Float32Array) {
      rows.push(part);
      const first = next;
      next += part.length;
      return { float32: [first, part.length] };
    }
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, own]) => [key, walk(own)]));
  };
  return { rest: walk(value), rows };
}

/** Puts them back; `numbers` are all rows behind one another. A place outside of them gives a shorter row. */
export function attach(rest: unknown, numbers: Float32Array): unknown {
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    const place = 'float32' in part ? part.float32 : null;
    if (Array.isArray(place)) {
      const [first, count] = place.map(Number);
      return numbers.slice(first ?? 0, (first ?? 0) + (count ?? 0));
    }
    return Object.fromEntries(Object.entries(part).map(([key, own]) => [key, walk(own)]));
  };
  return walk(rest);
}
