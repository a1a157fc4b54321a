import fc from '../../helpers/fast-check';
import { expect, test } from 'vitest';
import { markAgainst } from '../../../src/core/text/diff';

const marked = (answer: string, wanted: string): string =>
  markAgainst(answer, wanted)
    .map(({ text, shared }) => (shared ? text : `[${text}]`))
    .join('');

test('only what is not in the wanted answer is marked', () => {
  expect(marked('ORDER BY 1 DESC', 'ORDER BY 2 DESC')).toBe('ORDER BY [1] DESC');
  expect(marked("kind = 'filters'", "kind = 'filter'")).toBe("kind = '[filters]'");
  expect(marked('a b', 'a x b')).toBe('a b');
  expect(marked('the same', 'the same')).toBe('the same');
  expect(marked('all else', 'nothing')).toBe('[all else]');
  expect(marked('not known here', 'here')).toBe('[not known ]here');
  expect(markAgainst('', 'x')).toEqual([]);
});

test('the parts are the whole answer, shared parts are in the wanted one in order, and neighbours differ in kind', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', ' ', ',', 'word', '東'), { maxLength: 30 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(text, text, (answer, wanted) => {
      const parts = markAgainst(answer, wanted);
      expect(parts.map((part) => part.text).join('')).toBe(answer);
      let from = 0;
      for (const part of parts.filter(({ shared }) => shared)) {
        for (const sign of part.text) {
          const at = wanted.indexOf(sign, from);
          expect(at).toBeGreaterThanOrEqual(0);
          from = at + 1;
        }
      }
      expect(parts.every((part, i) => part.shared !== parts[i + 1]?.shared)).toBe(true);
    }),
  );
});

test('answers too long to compare keep their beginning and end', () => {
  const long = (word: string): string =>
    `first ${Array.from({ length: 6000 }, (_, i) => `${word}${i}`).join(' ')} last`;
  const parts = markAgainst(long('x'), long('y'));
  expect([parts[0], parts.at(-1)]).toEqual([
    { text: 'first ', shared: true },
    { text: ' last', shared: true },
  ]);
});
