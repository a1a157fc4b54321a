import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random';
import { type Noise, noisyText } from '../../../src/core/text/noise';

const TEXT = 'When will the new Card arrive, please? My order 4711 was shipped to me@example.com yesterday.';
const WORDS = TEXT.split(' ');
const many = (text: string, noise: Noise, count = 400) =>
  Array.from({ length: count }, (_, seed) => noisyText(text, noise, createRandom(seed)));
const counted = (texts: readonly string[]) => texts.map((text) => text.split(' '));
const sorted = (words: readonly string[]) => [...words].sort();

test('the same random numbers give the same text, others another', () => {
  for (const noise of ['letters', 'words', 'both'] as const) {
    expect(many(TEXT, noise, 20)).toEqual(many(TEXT, noise, 20));
    expect(new Set(many(TEXT, noise, 20)).size).toBeGreaterThan(10);
  }
});

describe('words', () => {
  test('about a tenth is left out, and nothing is spelt otherwise', () => {
    const noisy = counted(many(TEXT, 'words'));
    for (const words of noisy) expect(words.every((word) => WORDS.includes(word))).toBe(true);
    const left = noisy.reduce((sum, { length }) => sum + length, 0) / noisy.length / WORDS.length;
    expect(left).toBeGreaterThan(0.87);
    expect(left).toBeLessThan(0.93);
  });

  test('neighbours change places, and none wanders off', () => {
    const whole = counted(many(TEXT, 'words')).filter(({ length }) => length === WORDS.length);
    expect(whole.some((words) => words.join() !== WORDS.join())).toBe(true);
    for (const words of whole) {
      expect(sorted(words)).toEqual(sorted(WORDS));
      words.forEach((word, at) => expect(Math.abs(WORDS.indexOf(word) - at)).toBeLessThanOrEqual(1));
    }
  });

  test('a text of three words keeps them in their order, and an empty one stays', () => {
    expect(new Set(many('not  good enough', 'words'))).toEqual(new Set(['not  good enough']));
    expect(new Set(many('', 'both'))).toEqual(new Set(['']));
    expect(counted(many('one two three four', 'words')).every(({ length }) => length === 4)).toBe(true);
  });
});

describe('letters', () => {
  test('words stay where they are; numbers and addresses keep their letters', () => {
    for (const words of counted(many(TEXT, 'letters'))) {
      expect(words).toHaveLength(WORDS.length);
      expect(words[9]).toBe('4711');
      expect(words[13]?.toLowerCase()).toBe('me@example.com');
    }
  });

  test('an error leaves out, doubles or swaps letters behind the first', () => {
    const found = new Set(many('card', 'letters', 2000));
    expect(found).toEqual(new Set(['card', 'crad', 'crd', 'caard', 'cadr', 'cad', 'carrd']));
  });

  test('marks at the end and capitals go at times; marks within and marks alone stay', () => {
    expect(new Set(many('Why?', 'letters'))).toEqual(new Set(['Why?', 'why?', 'Why', 'why']));
    expect(new Set(many("3.14 isn't ?", 'letters'))).toEqual(new Set(["3.14 isn't ?"]));
  });

  test('writing without an alphabet stays', () => {
    expect(new Set(many('\u4fe1\u7528\u5361\u4e22\u5931\u4e86', 'letters'))).toEqual(
      new Set(['\u4fe1\u7528\u5361\u4e22\u5931\u4e86']),
    );
  });
});

test('both: fewer words, and words that were not there', () => {
  const noisy = counted(many(TEXT, 'both'));
  expect(noisy.some(({ length }) => length < WORDS.length)).toBe(true);
  expect(noisy.some((words) => words.some((word) => !TEXT.toLowerCase().includes(word.toLowerCase())))).toBe(true);
});
