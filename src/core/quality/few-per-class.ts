/** Labels with enough rows for the folds but under 8. */
import type { FindingRule } from './facts';
import { firstLines } from './facts';
import { formatAmount } from '../words/numbers';
import { Hits, makeFinding } from '../data/finding';

const FEW_PER_CLASS = 8;

export const fewPerClass: FindingRule = ({ rows, task, labels, folds }) => {
  if (task !== 'classification') return null;
  const few = labels.filter(({ count }) => count >= folds && count < FEW_PER_CLASS);
  if (few.length === 0) return null;
  const lines = firstLines(rows);
  const hits = new Hits();
  for (const { label, count } of few) hits.add(lines.get(label) ?? 0, label, formatAmount(count, 'row'));
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
