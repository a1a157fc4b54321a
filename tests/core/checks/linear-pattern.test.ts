import fc from '../../helpers/fast-check';
import { expect, test } from 'vitest';
import { linearPattern } from '../../../src/core/checks/linear-pattern';
import { processorMs } from '../../helpers/processor-time';

const PATTERNS = [
  ...['abc', 'a|b|', '^a*$', '(ab)+c?', '(?:a|b){2,3}', 'a{0}b', 'x{2}', '[^a-c]', '[\\]a]', '\\bab\\b', '\\Bb', 'a.c'],
  ...[
    '(?<word>\\w+) \\w',
    '^\\s*$',
    '\\d{1,}-',
    '(a*)*b',
    '(a|a)*$',
    '\\u{62}',
    '\\x61',
    '\\p{Lu}',
    '\\n',
    'a??b',
    '(a?){3}c',
  ],
  ...['^(?:b|ab)*$', '\\.', '^$', '[\\s\\S]c', '(^a|b$)', 'é', '😀+', '\\uD83D\\uDE00', '(a{2}){2}', 'a+?c'],
];

test('it finds what the engine finds, in parts and as a whole, with and without case', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', ' ', '\n', '.', '-', '1', 'é', '😀', ']', 'x'),
    maxLength: 9,
  });
  fc.assert(
    fc.property(fc.constantFrom(...PATTERNS), text, fc.boolean(), (source, text, ignoreCase) => {
      const flags = ignoreCase ? 'iu' : 'u';
      expect(linearPattern(source, { ignoreCase })(text)).toBe(new RegExp(source, flags).test(text));
      const whole = new RegExp(`^(?:${source})$`, flags).test(text);
      expect(linearPattern(source, { ignoreCase, whole: true })(text)).toBe(whole);
    }),
    { numRuns: 1200, seed: 7 },
  );
});

test.each(['^(a+)+$', '(a|a)*b', '(.*)*x{3}'])('%s, which never ends in the engine, ends here', async (source) => {
  const text = `${'a'.repeat(20_000)}!`;
  const pattern = linearPattern(source);
  expect(pattern(text)).toBe(false);
  expect(await processorMs(() => pattern(text))).toBeLessThan(2_000);
});

test('what has no bound is refused in words', () => {
  expect(() => linearPattern('(?=a)b')).toThrow(/Look-ahead/);
  expect(() => linearPattern('(?<!a)b')).toThrow(/Look-ahead, look-behind/);
  expect(() => linearPattern('(a)\\1')).toThrow(/References back/);
  expect(() => linearPattern('(?<n>a)\\k<n>')).toThrow(/References back/);
  expect(() => linearPattern('(((a{90}){90}){90})')).toThrow(/too large/);
  expect(() => linearPattern('[')).toThrow(/^This is not a regular expression: /);
  expect(() => linearPattern('(?:){1000000000}')).not.toThrow();
  expect(() => linearPattern('(?:){0,1000000000}')).toThrow(/too large/);
});

test('of a text too long for the pattern nothing is said', () => {
  expect(linearPattern('a{4000}b')('a'.repeat(100_000))).toBeNull();
});
