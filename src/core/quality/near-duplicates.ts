/**
 * Rows that say nearly the same as another: what the splits of a run keep on one side (see `groupForSplits`), exact
 * copies aside, which are a finding of their own.
 */
import { groupForSplits } from '../data/split-groups';
import { formatAmount, formatCount } from '../words/numbers';
import type { FindingRule } from './facts';
import { Hits, makeFinding } from '../data/finding';

/** The search takes 2 s for 100,000 rows: in a larger file it is done when a run splits the rows, and only then. */
const MOST_ROWS = 200_000;

export const nearDuplicates: FindingRule = ({ rows, task }) => {
  const searched = rows.length > MOST_ROWS ? rows.slice(0, MOST_ROWS) : rows;
  const { alike } = groupForSplits(
    task === 'classification' ? searched : searched.map(({ text }) => ({ text, target: '' })),
  );
  const firstOf = new Map<number, number>();
  const hits = new Hits();
  for (const [i, row] of searched.entries()) {
    const group = alike[i] ?? 0;
    const first = searched[firstOf.get(group) ?? i];
    if (!firstOf.has(group)) firstOf.set(group, i);
    if (first !== undefined && first.text !== row.text) {
      hits.add(row, row.text, `near copy of row ${formatCount(first.line)}`);
    }
  }
  if (hits.count === 0) return null;
  const where = searched.length < rows.length ? ` Looked for in the first ${formatCount(searched.length)} rows.` : '';
  return makeFinding(
    {
      id: 'near-duplicates',
      severity: 'warning',
      title: `${formatAmount(hits.count, 'near copy', 'near copies')} of other rows`,
      detail: `They differ only in case, punctuation, numbers, names or a few words. They stay on the same side of every split.${where}`,
    },
    hits,
  );
};
