/** Labels with fewer rows than folds: some folds cannot test them, and a single row cannot be tested fairly at all. */
import type { FindingRule } from './facts';
import { firstRows } from './facts';
import { formatAmount } from '../words/numbers';
import { Hits, makeFinding } from '../data/finding';

export const tinyClasses: FindingRule = ({ rows, task, labels, folds }) => {
  if (task !== 'classification' || labels.length < 2) return null;
  const tiny = labels.filter(({ count }) => count < folds);
  if (tiny.length === 0) return null;
  const first = firstRows(rows);
  const hits = new Hits();
  for (const { label, count } of tiny) {
    const reason =
      count === 1
        ? 'one row: tested by a model that never saw its label'
        : `${count} rows for ${folds} folds: not every fold tests it`;
    const row = first.get(label);
    if (row) hits.add(row, label, reason);
  }
  return makeFinding(
    {
      id: 'tiny-classes',
      severity: 'repairable',
      title: `${formatAmount(tiny.length, 'label')} with fewer rows than folds`,
      detail: `Their scores are hardly a measure. Add rows, merge them with another label, or use fewer than ${folds} folds.`,
    },
    hits,
  );
};
