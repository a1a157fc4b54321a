import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { groupRows, normaliseText } from '../../../src/core/data/groups';

describe('groupRows', () => {
  const groups = (...texts: string[]) => [...groupRows(texts.map((text) => ({ text })))];

  test('case, punctuation, spaces and Unicode form make no new text', () => {
    expect(groups('Hello, world!', 'hello  world', 'HELLO WORLD…', 'ｈｅｌｌｏ world', 'other')).toEqual([
      0, 0, 0, 0, 1,
    ]);
    expect(groups('café', 'cafe\u0301')).toEqual([0, 0]);
  });

  test('digits and emoji make another text', () => {
    expect(groups('order 12', 'order 13', 'nice 😀', 'nice 😡')).toEqual([0, 1, 2, 3]);
  });

  test('texts of nothing but punctuation are not all one', () => {
    expect(groups('?', '!', ':-)', '?')).toEqual([0, 1, 2, 0]);
  });
});

test('ASCII texts take the short way to the same form', () => {
  const ascii = fc.string({ unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(ascii, (text) => {
      // One letter beyond ASCII sends the text the long way.
      expect(normaliseText(`x ${text} y`)).toBe(normaliseText(`x ${text} yé`).slice(0, -1));
    }),
  );
});
