/** The answer is the wanted one. */
import { isExactMatch, isNormalisedMatch } from '../metrics/answers/exact-match';
import { type CheckKind, flagOf } from './check';

export const equalsCheck: CheckKind = {
  id: 'equals',
  title: 'Equals the wanted answer',
  what: 'The answer is the wanted one, letter by letter or but for case, punctuation and blanks.',
  fields: [
    {
      ...{ key: 'strict', label: 'Letter by letter', kind: 'flag', start: false },
      hint: 'Otherwise case, punctuation and blanks do not count.',
    },
  ],
  detail: (parameters) => (flagOf(parameters, 'strict') ? 'letter by letter' : 'case, punctuation and blanks aside'),
  fault: () => null,
  judge: (parameters) => (flagOf(parameters, 'strict') ? isExactMatch : isNormalisedMatch),
};
