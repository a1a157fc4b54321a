/**
 * Labels and their indices, sorted by code unit order as Python sorts strings of the basic plane (scikit-learn's
 * LabelEncoder). A Map, so that a label called `__proto__` is a label.
 */

export interface LabelMap {
  /** Label of every index, sorted. */
  readonly labels: readonly string[];
  /** The index of a label, or −1 where it is not known. */
  indexOf(label: string): number;
}

/** The map over all different labels among `targets`. */
export function createLabelMap(targets: Iterable<string>): LabelMap {
  const labels = [...new Set(targets)].sort();
  const indices = new Map(labels.map((label, i) => [label, i]));
  return { labels, indexOf: (label) => indices.get(label) ?? -1 };
}

/** Index of every row's label [rows]; −1 for labels that the map does not know. */
export function indexLabels(rows: readonly { target: string }[], map: LabelMap): Int32Array {
  return Int32Array.from(rows, (row) => map.indexOf(row.target));
}
