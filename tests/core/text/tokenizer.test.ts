import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createTokenizer } from '../../../src/core/text/tokenizer';
import { processorMs } from '../../helpers/processor-time';

const json: unknown = JSON.parse(readFileSync('public/models/all-MiniLM-L6-v2/tokenizer.json', 'utf8'));
const tokenizer = createTokenizer(json);
const strings = readFileSync('tests/fixtures/tokenizer-strings.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { text: string; minilm: number[] });
const long = 'The quick brown fox jumps over the lazy dog. '.repeat(60);

describe('tokenizer', () => {
  test('gives the reference ids for every reference string', () => {
    expect(strings).toHaveLength(539);
    const wrong = strings.filter(({ text, minilm }) => tokenizer.encode(text).join() !== minilm.join());
    expect(wrong).toEqual([]);
  });

  test('a survey counts tokens as encode gives them, and what the model knows of the characters in words', () => {
    for (const { text, minilm } of strings) expect(tokenizer.survey(text).tokens).toBe(minilm.length);
    for (const limit of [2, 16, 128]) expect(tokenizer.survey(long, limit).tokens).toBe(limit + 1);
    const known = (text: string) => {
      const { characters, unknown, spelled } = tokenizer.survey(text);
      return { characters, unknown, spelled };
    };
    expect(known('Hello, world: déjà-vu 42!')).toEqual({ characters: 18, unknown: 0, spelled: 0 });
    expect(known('le mot de passe est refusé')).toMatchObject({ unknown: 0, spelled: 0 });
    // Ideographs are words of their own, of which some are known; a word of another script is known whole or not at all.
    expect(known('面包刀的 ok')).toMatchObject({ characters: 6, unknown: 2 });
    expect(known('ሳም ok')).toEqual({ characters: 4, unknown: 2, spelled: 0 });
    expect(known('great😀 thing')).toEqual({ characters: 11, unknown: 6, spelled: 0 });
    expect(known('вернуть заказ')).toEqual({ characters: 12, unknown: 0, spelled: 12 });
    expect(known('order 65421')).toMatchObject({ spelled: 0 });
  });

  test('counts what encode gives', () => {
    for (const { text, minilm } of strings) expect(tokenizer.countTokens(text)).toBe(minilm.length);
  });

  test('a count stops one above the limit', () => {
    const exact = tokenizer.countTokens(long);
    expect(exact).toBeGreaterThan(500);
    expect(tokenizer.countTokens(long, 128)).toBe(129);
    expect(tokenizer.countTokens(long, exact)).toBe(exact);
    expect(tokenizer.countTokens(long, exact - 1)).toBe(exact);
  });

  test('a cut text keeps [CLS] and [SEP] round the first ids of the whole', () => {
    const whole = tokenizer.encode(long);
    const cut = tokenizer.encode(long, 16);
    expect(Array.from(cut)).toEqual([...whole.subarray(0, 15), 102]);
    expect(cut[0]).toBe(101);
  });

  test('a text that fits exactly is not cut', () => {
    const whole = tokenizer.encode('hello world');
    expect(tokenizer.encode('hello world', whole.length)).toEqual(whole);
  });

  test.each([
    ['one word of a million letters', 'a'.repeat(1_000_000)],
    ['a million ideographs without a blank', '日'.repeat(1_000_000)],
    ['ten megabytes of words', 'word '.repeat(2_000_000)],
    ['a million line breaks', '\n'.repeat(1_000_000)],
  ])('%s is cut without being read to its end', async (_, text) => {
    expect(await processorMs(() => tokenizer.encode(text, 256))).toBeLessThan(1_000);
    expect(tokenizer.encode(text, 256).length).toBeLessThanOrEqual(256);
  });

  test('a word too long to know is one unknown token, and the next word is still read', () => {
    expect(Array.from(tokenizer.encode(`${'x'.repeat(1_000_000)} hello`))).toEqual([101, 100, 7592, 102]);
  });

  test.each([
    ['nothing', null],
    ['an empty object', {}],
    ['a vocabulary without its special tokens', withoutToken('[SEP]')],
  ])('%s is refused as a damaged model', (_, damaged) => {
    expect(() => createTokenizer(damaged)).toThrow(expect.objectContaining({ code: 'model-damaged' }));
  });
});

function withoutToken(token: string): unknown {
  return JSON.parse(JSON.stringify(json).replaceAll(`"${token}"`, '"gone"')) as unknown;
}
