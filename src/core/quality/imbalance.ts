/** One label has more than ten times the rows of another. */
import type { FindingRule } from './facts';
import { firstRows } from './facts';
import { formatAmount } from '../words/numbers';
import { nameList } from '../words/excerpt';
import { Hits, makeFinding } from '../data/finding';
import { imbalanceOf, UNEVEN_ABOVE } from '../metrics/imbalance';

export const imbalance: FindingRule = ({ rows, task, labels }) => {
  const largest = labels[0];
  const smallest = labels.at(-1);
  if (task !== 'classification' || largest === undefined || smallest === undefined) return null;
  const ratio = imbalanceOf(labels.map(({ count }) => count));
  if (ratio <= UNEVEN_ABOVE) return null;
  const first = firstRows(rows);
  const hits = new Hits();
  for (const { label, count } of [...labels].reverse()) {
    const row = first.get(label);
    if (row && largest.count / count > UNEVEN_ABOVE) hits.add(row, label, formatAmount(count, 'row'));
  }
  return makeFinding(
    {
      id: 'imbalance',
      severity: 'warning',
      title: `Labels are uneven, ${Math.round(ratio)} to 1`,
      detail:
        `${nameList([largest.label])} has ${formatAmount(largest.count, 'row')}, ${nameList([smallest.label])} ` +
        `${formatAmount(smallest.count, 'row')}. Accuracy flatters here: look at macro-F1.`,
    },
    hits,
  );
};
