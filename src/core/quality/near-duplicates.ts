/** Texts that differ from an earlier one only in case, punctuation, spaces or Unicode form. */
import type { FindingRule } from './facts';
import { formatAmount, formatCount } from '../formats/numbers';
import { Hits, makeFinding } from './finding';

export const nearDuplicates: FindingRule = ({ rows, groups, hasTwin }) => {
  const firstOf = new Map<number, number>();
  const hits = new Hits();
  for (const [i, row] of rows.entries()) {
    if (!hasTwin(i)) continue;
    const group = groups[i] ?? 0;
    const first = rows[firstOf.get(group) ?? i];
    if (!firstOf.has(group)) firstOf.set(group, i);
    if (first !== undefined && first.text !== row.text) {
      hits.add(row.line, row.text, `near copy of row ${formatCount(first.line)}`);
    }
  }
  if (hits.count === 0) return null;
  return makeFinding(
    {
      id: 'near-duplicates',
      severity: 'warning',
      title: `${formatAmount(hits.count, 'near copy', 'near copies')} of other rows`,
      detail: 'They differ only in case, punctuation or spaces. They stay on the same side of every split.',
    },
    hits,
  );
};
