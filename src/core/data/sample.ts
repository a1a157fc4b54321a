/**
 * The rows of a quick trial: a random sample in which every label (and every part that the file names) keeps its share.
 * Copies and conversations come whole, so that the sample has them as often as the set; where they are so few or so
 * large that this misses the size by a tenth or loses a label, rows are drawn one by one.
 */
import type { Row } from './dataset';
import { groupRows } from './groups';
import { holdOut } from './hold-out';

const NEAR_ENOUGH = 0.1;

/** Row numbers of the sample, ascending; all rows where `wanted` is 0 or not fewer than there are. */
export function sampleRows(
  rows: readonly Pick<Row, 'text' | 'target' | 'together' | 'part'>[],
  wanted: number,
  seed: number,
): Int32Array {
  const all = Int32Array.from(rows.keys());
  if (wanted <= 0 || wanted >= rows.length) return all;
  const strata = numbered(rows.map(({ target, part }) => JSON.stringify([target, part])));
  const texts = groupRows(rows);
  const groups = numbered(
    rows.map(({ together }, row) => (together === undefined ? (texts[row] ?? 0) : `=${together}`)),
  );
  const share = wanted / rows.length;
  const whole = holdOut(strata, groups, share, seed).held;
  const single = holdOut(strata, all, share, seed).held;
  const kinds = (of: Int32Array): number => new Set(of.map((row) => strata[row] ?? 0)).size;
  const isRight = Math.abs(whole.length - wanted) <= NEAR_ENOUGH * wanted && kinds(whole) >= kinds(single);
  return isRight ? whole : single;
}

/** 0, 1, 2 … for equal values, in the order of first appearance. */
function numbered(values: readonly (string | number)[]): Int32Array {
  const numbers = new Map<string | number, number>();
  return Int32Array.from(values, (value) => {
    const known = numbers.get(value) ?? numbers.size;
    numbers.set(value, known);
    return known;
  });
}
