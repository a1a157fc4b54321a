/** What no method is for is opened and kept, and cannot be trained on yet. */
import { isTrainable } from '../settings/methods';
import type { FindingRule } from './facts';
import { makeFinding } from '../data/finding';

export const generationLater: FindingRule = ({ rows, task }) => {
  if (isTrainable(task) || rows.length === 0) return null;
  const finding = makeFinding({
    id: 'generation-later',
    severity: 'warning',
    title: 'Training on written answers is not there yet',
    detail: 'The set is opened and kept. Only sets whose answers are labels can be trained for now.',
  });
  return { ...finding, count: rows.length };
};
