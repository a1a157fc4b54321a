import fc from '../../helpers/fast-check';
import { expect, test } from 'vitest';
import { cutText, detach, excerpt, nameList, quoted } from '../../../src/core/words/excerpt';

test('an excerpt is one line of at most 120 characters and says where it was cut', () => {
  expect(excerpt('a\n b')).toBe('a b');
  expect(excerpt('x'.repeat(500))).toBe(`${'x'.repeat(119)}…`);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const short = excerpt(text);
      expect(short.length).toBeLessThanOrEqual(120);
      expect(short).toBe(detach(short));
    }),
  );
});

test('a text is never cut in the middle of a character', () => {
  expect(cutText('ab😀', 3)).toBe('ab');
});

test('a long list of names ends in a count', () => {
  expect(nameList(['a', 'b', 'c'], 2)).toBe('"a", "b" and 1 more');
});

test('a label in a sentence is one line of sixty characters at most, never cut within one', () => {
  expect(quoted(' two\n words ')).toBe('«two words»');
  expect(quoted('x'.repeat(60))).toBe(`«${'x'.repeat(60)}»`);
  expect(quoted('x'.repeat(61))).toBe(`«${'x'.repeat(59)}…»`);
  expect(quoted('😀'.repeat(60))).toBe(`«${'😀'.repeat(60)}»`);
});
