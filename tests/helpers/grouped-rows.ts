/** Rows with copies, for the tests of splits. */
import { createRandom } from '../../src/core/random';

export interface GroupedRows {
  labels: number[];
  groups: number[];
  /** True for a row whose group has others. */
  copied: boolean[];
}

/** Like a set of text messages: 2,000 rows, 13 % of the second class; a third of that class and a tenth of the other are copies in groups of 2 to 20. */
export function likeSms(seed: number): GroupedRows {
  const random = createRandom(seed);
  const labels: number[] = [];
  const groups: number[] = [];
  for (let group = 0; labels.length < 2000; group++) {
    const label = random() < 0.12 ? 1 : 0;
    const several = random() < (label === 1 ? 0.13 : 0.03);
    const size = several ? (random() < 0.1 ? 20 : 2 + Math.floor(random() * 3)) : 1;
    for (let i = 0; i < size; i++) {
      labels.push(label);
      groups.push(group);
    }
  }
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return { labels, groups, copied: groups.map((group) => (sizes.get(group) ?? 0) > 1) };
}
