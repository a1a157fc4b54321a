/** The answer is not too short and not too long. */
import { answerWords } from '../metrics/answers/words';
import { formatCount } from '../words/numbers';
import { type CheckKind, numberOf, type Parameters, textOf } from './check';

export const lengthCheck: CheckKind = {
  id: 'length',
  title: 'Has the right length',
  what: 'The answer has at least and at most so many characters or words.',
  fields: [
    { key: 'least', label: 'At least', kind: 'number', start: '', hint: 'Empty: no limit.' },
    { key: 'most', label: 'At most', kind: 'number', start: '', hint: 'Empty: no limit.' },
    {
      ...{ key: 'unit', label: 'Counted in', kind: 'choice', start: 'words', hint: '' },
      options: [
        { value: 'words', title: 'Words' },
        { value: 'characters', title: 'Characters' },
      ],
    },
  ],
  detail(parameters) {
    const [least, most] = limits(parameters);
    const unit = unitOf(parameters);
    if (least === null) return `at most ${formatCount(most ?? 0)} ${unit}`;
    return most === null
      ? `at least ${formatCount(least)} ${unit}`
      : `${formatCount(least)} to ${formatCount(most)} ${unit}`;
  },
  fault(parameters) {
    const [least, most] = limits(parameters);
    if (least === null && most === null) return 'Give a least or a most.';
    if ([least, most].some((limit) => limit !== null && (limit < 0 || !Number.isInteger(limit))))
      return 'Both are whole numbers from 0 on.';
    return least !== null && most !== null && least > most ? 'The least is more than the most.' : null;
  },
  judge(parameters) {
    const [least, most] = limits(parameters);
    const inWords = unitOf(parameters) === 'words';
    return (answer) => {
      const length = inWords ? answerWords(answer).length : Array.from(answer.trim()).length;
      return length >= (least ?? 0) && length <= (most ?? Infinity);
    };
  },
};

function limits(parameters: Parameters): [least: number | null, most: number | null] {
  return [numberOf(parameters, 'least'), numberOf(parameters, 'most')];
}

function unitOf(parameters: Parameters): 'words' | 'characters' {
  return textOf(parameters, 'unit') === 'characters' ? 'characters' : 'words';
}
