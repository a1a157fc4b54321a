/**
 * Labels and their indices. Labels that are all numbers stand in the order of numbers, others in code unit order as
 * Python sorts strings of the basic plane (scikit-learn's LabelEncoder does both, by the type of the column).
 * A Map, so that a label called `__proto__` is a label.
 */

export interface LabelMap {
  /** Label of every index, sorted. */
  readonly labels: readonly string[];
  /** The index of a label, or −1 where it is not known. */
  indexOf(label: string): number;
}

/** The map over all different labels among `targets`. */
export function createLabelMap(targets: Iterable<string>): LabelMap {
  const labels = sortLabels(new Set(targets));
  const indices = new Map(labels.map((label, i) => [label, i]));
  return { labels, indexOf: (label) => indices.get(label) ?? -1 };
}

/** Index of every row's label [rows]; −1 for labels that the map does not know. */
export function indexLabels(rows: readonly { target: string }[], map: LabelMap): Int32Array {
  return Int32Array.from(rows, (row) => map.indexOf(row.target));
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** True for a label that is a number and nothing else: «10», «-1», «2.5». */
export function isNumberLabel(label: string): boolean {
  return NUMBER.test(label);
}

/**
 * Order of two labels: numbers as numbers and before words, words by code unit. A total order, also where a set mixes
 * both; equal numbers in two spellings («1», «1.0») by code unit.
 */
export function compareLabels(a: string, b: string): number {
  const numbers = [isNumberLabel(a), isNumberLabel(b)] as const;
  if (numbers[0] && numbers[1]) {
    const difference = Number(a) - Number(b);
    if (difference !== 0) return difference;
  } else if (numbers[0] !== numbers[1]) {
    return numbers[0] ? -1 : 1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The labels in the order in which lists, tables and matrices show them: by number where all are numbers. */
export function sortLabels(labels: Iterable<string>): string[] {
  const list = [...labels];
  return list.every(isNumberLabel) ? list.sort(compareLabels) : list.sort();
}
