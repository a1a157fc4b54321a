/** The answer fits a regular expression, or does not. */
import { AppError } from '../errors';
import { type CheckKind, flagOf, type Parameters, textOf } from './check';
import { type LinearPattern, linearPattern } from './linear-pattern';

export const patternCheck: CheckKind = {
  id: 'pattern',
  title: 'Matches a pattern',
  what: 'A regular expression is found in the answer. Look-ahead and references back are not taken: no pattern may hang.',
  fields: [
    { key: 'pattern', label: 'Regular expression', kind: 'line', start: '', hint: 'Without slashes: ^Dear \\w+' },
    { key: 'whole', label: 'The whole answer', kind: 'flag', start: false, hint: 'Otherwise any part of it.' },
    { key: 'case', label: 'Case counts', kind: 'flag', start: true, hint: '' },
    { key: 'not', label: 'Must not match', kind: 'flag', start: false, hint: 'Passes where it is not found.' },
  ],
  detail(parameters) {
    const how = [
      ...(flagOf(parameters, 'whole') ? ['the whole answer'] : []),
      ...(flagOf(parameters, 'case') ? [] : ['case aside']),
    ];
    const pattern = `${flagOf(parameters, 'not') ? 'never ' : ''}${textOf(parameters, 'pattern')}`;
    return [pattern, ...how].join(', ');
  },
  fault(parameters) {
    if (textOf(parameters, 'pattern') === '') return 'Say which pattern.';
    try {
      patternOf(parameters);
      return null;
    } catch (error) {
      if (error instanceof AppError) return error.message;
      throw error;
    }
  },
  judge(parameters) {
    const find = patternOf(parameters);
    const absent = flagOf(parameters, 'not');
    return (answer) => {
      const found = find(answer);
      return found === null ? null : found !== absent;
    };
  },
};

function patternOf(parameters: Parameters): LinearPattern {
  return linearPattern(textOf(parameters, 'pattern'), {
    ignoreCase: !flagOf(parameters, 'case'),
    whole: flagOf(parameters, 'whole'),
  });
}
