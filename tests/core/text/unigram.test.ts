import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createTokenizer, type Tokenizer } from '../../../src/core/text/tokenizer';
import { processorMs } from '../../helpers/processor-time';

const json = JSON.parse(readFileSync('public/models/multilingual-e5-small/tokenizer.json', 'utf8')) as object;
const strings = readFileSync('tests/fixtures/e5-tokenizer.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { text: string; sentencepiece: number[]; tokenizers?: number[] });
let tokenizer: Tokenizer;
let prompted: Tokenizer;
beforeAll(() => {
  tokenizer = createTokenizer(json);
  prompted = createTokenizer(json, 'query: ');
});

describe('a Unigram tokenizer', () => {
  test('gives the ids of sentencepiece for every reference string', () => {
    expect(strings).toHaveLength(539);
    const wrong = strings.filter(({ text, sentencepiece }) => tokenizer.encode(text).join() !== sentencepiece.join());
    expect(wrong).toEqual([]);
  });
});

describe('a text for a model with a prompt', () => {
  const kettle = [3642, 54, 87, 30646, 10, 311, 46401, 32];

  test('has it in front, behind <s>', () => {
    expect(Array.from(prompted.encode('how do I return a kettle?'))).toEqual([0, 41, 1294, 12, ...kettle, 2]);
    expect(Array.from(prompted.encode(''))).toEqual([0, 41, 1294, 12, 2]);
  });

  test('keeps it where the text is cut', () => {
    expect(Array.from(prompted.encode('how do I return a kettle?', 8))).toEqual([0, 41, 1294, 12, 3642, 54, 87, 2]);
  });

  test('is counted with it', () => {
    expect(prompted.countTokens('how do I return a kettle?')).toBe(13);
    expect(prompted.countTokens('how do I return a kettle?', 9)).toBe(10);
    expect(prompted.countTokens('how do I return a kettle?', 13)).toBe(13);
    expect(prompted.survey('how do I return a kettle?').tokens).toBe(13);
  });
});

describe('what a Unigram model makes out', () => {
  const known = (text: string) => {
    const { characters, unknown, spelled } = tokenizer.survey(text);
    return { characters, unknown, spelled };
  };

  test.each([
    ['le mot de passe est refusé', 21],
    ['вернуть заказ', 12],
    ['面包刀的', 4],
  ])('%s is known', (text, characters) => {
    expect(known(text)).toEqual({ characters, unknown: 0, spelled: 0 });
  });

  test('characters in no piece are counted one by one, and are one token beside each other', () => {
    expect(known('good ꔀꔁ day')).toEqual({ characters: 9, unknown: 2, spelled: 0 });
    expect(Array.from(tokenizer.encode('ꔀꔁ'))).toEqual([0, 6, 3, 2]);
  });
});

test('a word of ten thousand letters is read whole at once', async () => {
  const word = 'a'.repeat(10_000);
  expect(await processorMs(() => tokenizer.encode(word))).toBeLessThan(1_000);
  expect(tokenizer.encode(word).length).toBeGreaterThan(1_000);
});

test.each([
  ['a piece without a score', { model: { type: 'Unigram', unk_id: 3, vocab: [['a']] } }],
  ['a map that is none', { normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } }],
  ['a map that is not base64', { normalizer: { type: 'Precompiled', precompiled_charsmap: '?' } }],
  ['no end of text', { added_tokens: [{ id: 0, content: '<s>' }] }],
  ['another normaliser', { normalizer: { type: 'NFKC' } }],
])('%s is refused as a damaged model', (_, change) => {
  expect(() => createTokenizer({ ...json, ...change })).toThrow(expect.objectContaining({ code: 'model-damaged' }));
});
