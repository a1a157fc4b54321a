import { expect, test } from 'vitest';
import { labelForm } from '../../../src/core/reading/label-spellings';
import { differenceOf, lookOf } from '../../../src/core/text/look-alikes';

test.each([
  [
    'an accent by itself',
    'cafe\u0301',
    'caf\u00e9',
    'U+0065 (Latin) where the other has U+00E9 (Latin with its accent)',
  ],
  ['a sign without width', 're\u200bturns', 'returns', 'U+200B (no width) where the other has U+0074 (Latin)'],
  ['one at the end', 'returns', 'returns\ufeff', 'nothing where the other has U+FEFF (no width)'],
  ['a Cyrillic letter', 'r\u0435turns', 'returns', 'U+0435 (Cyrillic) where the other has U+0065 (Latin)'],
  ['a Greek capital', '\u0391rt', 'Art', 'U+0391 (Greek) where the other has U+0041 (Latin)'],
  ['a no-break space', 'log\u00a0in', 'log in', 'U+00A0 (no-break space) where the other has U+0020 (space)'],
])('%s looks the same, and it is said what differs', (_, label, other, said) => {
  expect(lookOf(label)).toBe(lookOf(other));
  expect(labelForm(label)).toBe(labelForm(other));
  expect(differenceOf(label, other)).toBe(said);
});

test('what looks different is different, and a word of another script stays itself', () => {
  expect(lookOf('resume')).not.toBe(lookOf('résumé'));
  expect(lookOf('возврат')).toBe('возврат');
  expect(lookOf('物流')).toBe('物流');
});
