/**
 * A key that rows share: a thread, a user, a case. Rows that share it know of each other, so a model that has read some
 * half knows the rest. Offered where its name says so; where it is chosen, said when the labels as good as follow it.
 */
import type { Row } from '../data/dataset';
import { namesTogether } from '../reading/field-scores';
import type { Reading } from '../data/mapping';
import type { Guess } from '../reading/guess';
import { labelAgreement } from '../data/split-groups';
import { formatAmount } from '../words/numbers';
import { nameList } from '../words/excerpt';
import { type FoundFinding, makeFinding } from '../data/finding';

/** From here on the labels as good as stand in the field: 0 is chance, 1 one label for each value. */
export const LABELS_FOLLOW = 0.8;

export function keepTogether(file: {
  reading: Reading;
  guess: Pick<Guess, 'offered'>;
  rows: readonly Row[];
}): FoundFinding | null {
  const { reading, guess, rows } = file;
  const field = reading.togetherField ?? null;
  if (field === null) {
    const offered = guess.offered.together.find((name) => namesTogether(name) && name !== reading.splitField);
    if (offered === undefined || reading.togetherField === null) return null;
    const finding = makeFinding({
      id: 'keep-together',
      severity: 'repairable',
      title: `Rows share their ${nameList([offered])}: keep them together?`,
      detail:
        'If it is a thread, a person or a case, choose it under «Keep together by». Else a model is tested on what it ' +
        'half knows, and the score is better than it will be on new ones.',
    });
    return { ...finding, count: rows.length };
  }
  if (labelAgreement(rows) < LABELS_FOLLOW) return null;
  const values = new Set(rows.map(({ together }) => together)).size;
  const finding = makeFinding({
    id: 'labels-follow',
    severity: 'warning',
    title: `The labels follow ${nameList([field])}: rows that share its value nearly always share their label`,
    detail: `To the model that is ${formatAmount(values, 'example')}, not ${formatAmount(rows.length, 'row')}. The score will be that for values it has never seen.`,
  });
  return { ...finding, count: rows.length };
}
