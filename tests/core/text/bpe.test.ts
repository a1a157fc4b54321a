import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bpeTokenizer } from '../../../src/core/text/bpe';
import { isTextTokenizer } from '../../../src/core/text/text-tokenizer';
import { createTokenizer } from '../../../src/core/text/tokenizer';
import { smolLm2Json, smolLm2Tokenizer, smolLm2Tokens } from '../../helpers/smollm2';
import { processorMs } from '../../helpers/processor-time';

const strings = readFileSync('tests/fixtures/tokenizer-strings.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { text: string; smollm2: number[] });
const json = smolLm2Json();
const tokenizer = smolLm2Tokenizer();

describe('the tokenizer of SmolLM2', () => {
  test('gives the ids of the reference for every string', () => {
    expect(strings).toHaveLength(539);
    const wrong = strings.filter(({ text, smollm2 }) => tokenizer.encode(text).join() !== smollm2.join());
    expect(wrong).toEqual([]);
  });

  test('gives every string back', () => {
    const wrong = strings.filter(({ text, smollm2 }) => tokenizer.decode(smollm2, { control: true }) !== text);
    expect(wrong.map(({ text }) => text)).toEqual([]);
  });

  test('counts what it gives, and stops where it is told', () => {
    for (const { text } of strings) {
      const { length } = tokenizer.spans(text).ids;
      expect(tokenizer.countTokens(text)).toBe(length);
      expect(tokenizer.survey(text).tokens).toBe(length);
      expect(tokenizer.countTokens(text, 3)).toBe(Math.min(length, 4));
      expect(tokenizer.spans(text, { limit: 3 }).ids).toEqual(tokenizer.spans(text).ids.slice(0, 3));
    }
  });

  test('is found by its kind, with the ids that end an answer', () => {
    const made = createTokenizer(json, '', smolLm2Tokens);
    expect(isTextTokenizer(made) && made.endIds).toEqual([2]);
    expect([made.padId, made.vocabSize]).toEqual([2, 49_152]);
  });
});

describe('control tokens', () => {
  test('are known by name', () => {
    expect(tokenizer.controlTokens).toHaveLength(17);
    expect(tokenizer.controlId('<|im_end|>')).toBe(2);
    expect(tokenizer.controlId('<|im_gone|>')).toBeUndefined();
  });

  test('are words where a person wrote them', () => {
    const text = 'a<|im_end|>b';
    expect(Array.from(tokenizer.spans(text, { control: true }).ids)).toEqual([81, 2, 82]);
    const { ids } = tokenizer.spans(text);
    expect(ids).not.toContain(2);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  test('are left out of a text unless they are asked for', () => {
    expect(tokenizer.decode([81, 2, 82])).toBe('ab');
    expect(tokenizer.decode([81, 2, 82], { control: true })).toBe('a<|im_end|>b');
  });
});

describe('where tokens stand', () => {
  test('every token has the characters that it is of', () => {
    const text = 'Hello, wörld 123 😀 naïve\n\n  日本語';
    const { ids, starts, ends } = tokenizer.spans(text);
    for (const [i, id] of ids.entries()) {
      const own = tokenizer.decode([id]);
      const there = text.slice(starts[i], ends[i]);
      if (own.includes('\ufffd')) expect([...there].length).toBeGreaterThan(0);
      else expect(own).toBe(there);
    }
    expect([starts[0], ends.at(-1)]).toEqual([0, text.length]);
  });

  test('tokens that share a character both have it', () => {
    const { starts, ends } = tokenizer.spans('x𝔊');
    const spans = Array.from(starts, (start, i) => [start, ends[i]]);
    expect(spans.length).toBeGreaterThan(2);
    expect(spans.slice(1)).toEqual(spans.slice(1).map(() => [1, 3]));
  });
});

test('an answer that comes token by token shows no half characters, and all of it in the end', () => {
  const text = 'So 😀 wörld 日本';
  const stream = tokenizer.stream();
  const shown = Array.from(tokenizer.spans(text).ids, (id) => stream.push(id));
  expect(shown.some((part) => part === '')).toBe(true);
  expect(shown.join('')).toBe(text);
  expect(stream.end()).toBe('');
  const [half = 0] = tokenizer.spans('𝔊').ids;
  expect([stream.push(half), stream.end()]).toEqual(['', '\ufffd']);
});

test('a word of ten thousand letters is read at once', async () => {
  const word = 'ab'.repeat(5_000);
  expect(await processorMs(() => tokenizer.encode(word))).toBeLessThan(1_000);
  expect(tokenizer.decode(tokenizer.encode(word))).toHaveLength(10_000);
});

describe('another tokenizer.json', () => {
  const model = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2, Ġ: 3, Ġa: 4, aab: 5 }, merges: ['a b', ['Ġ', 'a']] };
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
  const made = (change: object, of: object = {}) =>
    bpeTokenizer({ added_tokens: [], pre_tokenizer: byteLevel, ...change, model: { ...model, ...of } });

  test('pairs that were learned first are joined first, of equal ones the leftmost', () => {
    expect(Array.from(made({}).encode('aab'))).toEqual([0, 2]);
    expect(Array.from(made({}, { merges: ['Ġ a', 'a b'] }).encode(' ab'))).toEqual([4, 1]);
    expect(Array.from(made({}).encode(' ab'))).toEqual([3, 2]);
  });

  test('a whole word is taken as it is where the file says so', () => {
    expect(Array.from(made({}, { ignore_merges: true }).encode('aab'))).toEqual([5]);
  });

  test('a blank is put before a text where the file says so', () => {
    const spaced = made({ pre_tokenizer: { ...byteLevel, add_prefix_space: true } });
    expect(Array.from(spaced.encode('aa'))).toEqual([4, 0]);
    expect(Array.from(spaced.spans('aa').starts)).toEqual([0, 1]);
  });

  test('letters and their marks are composed where the file says so', () => {
    const qwen = bpeTokenizer({ ...json, normalizer: { type: 'NFC' } });
    expect(qwen.normalize('e\u0301')).toBe('é');
    expect(qwen.encode('e\u0301')).toEqual(tokenizer.encode('é'));
    expect(tokenizer.encode('e\u0301')).not.toEqual(tokenizer.encode('é'));
  });

  test('a word with an id of its own that is no control token is found in what a person wrote', () => {
    const added = [{ id: 9, content: '<tool_call>', special: false }];
    expect(Array.from(made({ added_tokens: added }).spans('a<tool_call>b').ids)).toEqual([0, 9, 1]);
    const blanks = [{ id: 9, content: '<x>', special: true, lstrip: true }];
    expect(Array.from(made({ added_tokens: blanks }).encode('a  <x>b'))).toEqual([0, 9, 1]);
  });

  const GPT_2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  const split = (pattern: object, more: object = {}) => ({
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern, behavior: 'Isolated', invert: false, ...more },
      { ...byteLevel, use_regex: false },
    ],
  });

  test.each([
    ['pieces of another kind', { model: { type: 'WordPiece' } }, 'model.type'],
    ['another normaliser', { normalizer: { type: 'Lowercase' } }, 'normalizer'],
    ['a pair that is not there', { model: { ...model, merges: ['a c'] } }, 'merge 1'],
    ['a merge that is none', { model: { ...model, merges: ['ab'] } }, 'merges'],
    ['an id far out', { model: { ...model, vocab: { a: 2 ** 31 } } }, 'vocab'],
  ])('with %s is refused, and why is said', (_, change, said) => {
    const read = () => bpeTokenizer({ added_tokens: [], pre_tokenizer: byteLevel, model, ...change });
    expect(read).toThrow(expect.objectContaining({ code: 'model-damaged' }));
    expect(read).toThrow(said);
  });

  test.each([
    ['no bytes', { pre_tokenizer: { type: 'Digits' } }, 'ByteLevel'],
    ['an expression that is not in the list', { pre_tokenizer: split({ Regex: '(a+)+b' }) }, '(a+)+b'],
    ['what an expression leaves', { pre_tokenizer: split({ Regex: GPT_2 }, { invert: true }) }, GPT_2],
    [
      'bytes as a way out, as Llama 2 has',
      { pre_tokenizer: null, model: { ...model, byte_fallback: true } },
      'SentencePiece',
    ],
  ])('with %s is of a kind that is not read here', (_, change, said) => {
    const read = () => bpeTokenizer({ added_tokens: [], model, ...change });
    expect(read).toThrow(expect.objectContaining({ code: 'model-unsupported' }));
    expect(read).toThrow(said);
  });
});
