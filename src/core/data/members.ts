/** Rows by group and by class: what folds and held-out parts are both counted from. */

/** Numbers, in an array or a typed one. */
export type Numbers = ArrayLike<number>;

/** One group: its rows, ascending, and how many of them each class has. */
export interface Members {
  rows: number[];
  own: ReadonlyMap<number, number>;
}

/** All groups, in the order of their first rows. */
export function gatherGroups(labelIndices: Numbers, groups: Numbers): Members[] {
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < labelIndices.length; row++) {
    const group = groups[row] ?? 0;
    const known = rowsOf.get(group);
    if (known) known.push(row);
    else rowsOf.set(group, [row]);
  }
  // Most groups are one row: those of a class share their count.
  const ofOne = new Map<number, ReadonlyMap<number, number>>();
  return Array.from(rowsOf.values(), (rows) => {
    const [first = 0, ...others] = rows;
    const label = labelIndices[first] ?? 0;
    if (others.length > 0) return { rows, own: countOwn(rows, labelIndices) };
    const own = ofOne.get(label) ?? new Map([[label, 1]]);
    ofOne.set(label, own);
    return { rows, own };
  });
}

/** Rows of every class, by its index. */
export function countClasses(labelIndices: Numbers): number[] {
  const counts: number[] = [];
  for (let row = 0; row < labelIndices.length; row++) {
    const label = labelIndices[row] ?? 0;
    while (counts.length <= label) counts.push(0);
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}

/** Groups that have rows of every class, by its index. */
export function countGroups(members: readonly Members[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { own } of members) for (const label of own.keys()) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** A class's name for the notes; its number where it has none. */
export function nameOf(label: number, labelNames: readonly string[]): string {
  return labelNames[label] ?? String(label);
}

function countOwn(rows: readonly number[], labelIndices: Numbers): Map<number, number> {
  const own = new Map<number, number>();
  for (const row of rows) own.set(labelIndices[row] ?? 0, (own.get(labelIndices[row] ?? 0) ?? 0) + 1);
  return own;
}
