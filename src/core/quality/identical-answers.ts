/** All answers of a generation set are the same: nothing can be learned from them. */
import type { FindingRule } from './facts';
import { makeFinding } from '../data/finding';

export const identicalAnswers: FindingRule = ({ rows, task, labels }) => {
  if (task !== 'generation' || rows.length < 2 || labels.length !== 1) return null;
  const finding = makeFinding({
    id: 'identical-answers',
    severity: 'blocking',
    title: 'All completions are the same',
    detail: 'A model would learn to say this whatever it is asked. Check which field is the answer.',
  });
  return { ...finding, count: rows.length };
};
