/** A label column of numbers: what 0 and 1 mean stands nowhere. */
import type { FindingRule } from './facts';
import { nameList } from '../words/excerpt';
import { makeFinding } from '../data/finding';

export const numberLabels: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'classification' || rows.length === 0) return null;
  if (!labels.every(({ label }) => /^[+-]?\d+([.,]\d+)?$/.test(label))) return null;
  const finding = makeFinding({
    id: 'number-labels',
    severity: 'warning',
    title: 'The labels are numbers',
    detail:
      `They are read as names (${nameList(labels.map(({ label }) => label))}), not as amounts. ` +
      'A field "label_text" beside them would be shown instead.',
  });
  return { ...finding, count: rows.length };
};
