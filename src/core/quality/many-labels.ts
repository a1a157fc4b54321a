/** So many labels that the target may not be a label at all: 200 and more, or more than every second row its own. */
import type { FindingRule } from './facts';
import { formatCount } from '../words/numbers';
import { makeFinding } from '../data/finding';

const MANY_LABELS = 200;

export const manyLabels: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'classification' || labels.length < 2) return null;
  const own = rows.length >= 10 && labels.length > rows.length / 2;
  if (labels.length < MANY_LABELS && !own) return null;
  const finding = makeFinding({
    id: 'many-labels',
    severity: 'warning',
    title: `${formatCount(labels.length)} different labels in ${formatCount(rows.length)} rows`,
    detail: 'Check that the right field is the label: numbers, names and free text make a label of nearly every row.',
  });
  return { ...finding, count: labels.length };
};
