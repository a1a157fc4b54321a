/** Labels with enough rows for the folds but under 8. */
import type { FindingRule } from './facts';
import { firstRows } from './facts';
import { formatAmount } from '../words/numbers';
import { Hits, makeFinding } from '../data/finding';

const FEW_PER_CLASS = 8;

export const fewPerClass: FindingRule = ({ rows, task, labels, folds }) => {
  if (task !== 'classification') return null;
  const few = labels.filter(({ count }) => count >= folds && count < FEW_PER_CLASS);
  if (few.length === 0) return null;
  const first = firstRows(rows);
  const hits = new Hits();
  for (const { label, count } of few) {
    const row = first.get(label);
    if (row) hits.add(row, label, formatAmount(count, 'row'));
  }
  return makeFinding(
    {
      id: 'few-per-class',
      severity: 'warning',
      title: `${formatAmount(few.length, 'label')} with under ${FEW_PER_CLASS} rows`,
      detail: 'Eight rows of a label are about the least that a model learns it from.',
    },
    hits,
  );
};
