/** The same text under different labels: at least one of them is wrong, or the text does not tell. */
import type { FindingRule } from './facts';
import { formatAmount, formatCount } from '../words/numbers';
import { cutText } from '../words/excerpt';
import { Hits, makeFinding } from '../data/finding';

export const conflicts: FindingRule = ({ rows, task, groups, hasTwin }) => {
  if (task !== 'classification') return null;
  const firstOf = new Map<number, number>();
  const hits = new Hits();
  for (const [i, row] of rows.entries()) {
    if (!hasTwin(i)) continue;
    const group = groups[i] ?? 0;
    const first = rows[firstOf.get(group) ?? i];
    if (!firstOf.has(group)) firstOf.set(group, i);
    if (first === undefined || first.target === row.target) continue;
    const [here, there] = [cutText(row.target, 40), cutText(first.target, 40)];
    hits.add(row, row.text, `"${here}" here, "${there}" in row ${formatCount(first.line)}`);
  }
  if (hits.count === 0) return null;
  return makeFinding(
    {
      id: 'conflicts',
      severity: 'warning',
      title: `${formatAmount(hits.count, 'row')} with the text of another row under another label`,
      detail: 'No model can get both right. Decide on one label for each text.',
    },
    hits,
  );
};
