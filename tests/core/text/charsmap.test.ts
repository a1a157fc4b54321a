import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createCharsmap } from '../../../src/core/text/charsmap';

const { normalizer } = JSON.parse(readFileSync('public/models/multilingual-e5-small/tokenizer.json', 'utf8')) as {
  normalizer: { precompiled_charsmap: string };
};
const bytes = Uint8Array.from(Buffer.from(normalizer.precompiled_charsmap, 'base64'));
const normalise = createCharsmap(bytes);

test.each([
  ['plain text', 'plain text'],
  ['ﬁve ½ Ⅷ', 'five 1⁄2 VIII'],
  // Two characters that are one: the longest that fits is taken.
  ['e\u0301', 'é'],
  ['\uff76\uff9e', 'ガ'],
  ['full\u3000width ＡＢＣ', 'full width ABC'],
  ['zero\u200bwidth', 'zero width'],
  ['𠮷 stays, 👍🏽 too', '𠮷 stays, 👍🏽 too'],
  ['\ud800', ' '],
  ['', ''],
])('%j becomes %j', (text, wanted) => {
  expect(normalise(text)).toBe(wanted);
});

test('bytes that are cut or no map are refused', () => {
  for (const damaged of [bytes.subarray(0, 2), bytes.subarray(0, 1000), new Uint8Array(8)]) {
    expect(() => createCharsmap(damaged)).toThrow(RangeError);
  }
});
