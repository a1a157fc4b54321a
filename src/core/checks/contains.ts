/** The answer has a text in it, or has it not. */
import { type CheckKind, flagOf, type Parameters, textOf } from './check';

export const containsCheck: CheckKind = {
  id: 'contains',
  title: 'Contains a text',
  what: 'The answer has this text in it. Turned round: it must not have it.',
  fields: [
    { key: 'text', label: 'Text', kind: 'line', start: '', hint: 'As it must stand there.' },
    { key: 'case', label: 'Case counts', kind: 'flag', start: false, hint: 'Otherwise «Sorry» is «sorry».' },
    { key: 'not', label: 'Must not contain it', kind: 'flag', start: false, hint: 'Passes where it is absent.' },
  ],
  detail: (parameters) => `${flagOf(parameters, 'not') ? 'without' : 'with'} «${textOf(parameters, 'text')}»`,
  fault: (parameters) => (textOf(parameters, 'text') === '' ? 'Say which text.' : null),
  judge(parameters) {
    const form = formOf(parameters);
    const wanted = form(textOf(parameters, 'text'));
    const absent = flagOf(parameters, 'not');
    return (answer) => form(answer).includes(wanted) !== absent;
  },
};

function formOf(parameters: Parameters): (text: string) => string {
  const lower = !flagOf(parameters, 'case');
  return (text) => (lower ? text.normalize('NFC').toLowerCase() : text.normalize('NFC'));
}
