/** One label only: there is nothing to tell apart. */
import type { FindingRule } from './facts';
import { nameList } from '../words/excerpt';
import { makeFinding } from '../data/finding';

export const fewLabels: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'classification' || rows.length === 0 || labels.length >= 2) return null;
  const finding = makeFinding({
    id: 'few-labels',
    severity: 'blocking',
    title: 'All labels are the same',
    detail: `Every row is ${nameList(labels.map(({ label }) => label))}. Training needs at least 2 labels: add rows of another.`,
  });
  return { ...finding, count: rows.length };
};
