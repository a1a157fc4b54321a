import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { singleTurn } from '../../../src/core/text/conversation';
import { encodeExample, encodePrompt, splitLastAnswer } from '../../../src/core/text/examples';
import { tokenRuns } from '../../../src/core/text/token-view';
import { smolLm2Reader } from '../../helpers/smollm2';

const reader = smolLm2Reader();
const { tokenizer } = reader;
const read = (name: string): unknown => JSON.parse(readFileSync(`tests/fixtures/${name}`, 'utf8'));
const rows = readFileSync('tests/fixtures/geoquery.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { prompt: string; completion: string });

describe('against the reference', () => {
  test('rows of GeoQuery have its numbers of tokens and of learned ones, in each of 12 steps', () => {
    const { steps } = read('smollm2-lora.json') as {
      steps: { step: number; trained_tokens: number; batch_tokens: number }[];
    };
    expect(steps).toHaveLength(12);
    const ours = steps.map(({ step }) => {
      const batch = rows
        .slice(4 * step - 4, 4 * step)
        .map(({ prompt, completion }) => encodeExample(reader, singleTurn(prompt, completion)));
      return {
        step,
        trained_tokens: batch.reduce((sum, { trained }) => sum + trained.reduce((a, b) => a + b, 0), 0),
        batch_tokens: batch.reduce((sum, { ids }) => sum + ids.length, 0),
      };
    });
    expect(ours).toEqual(
      steps.map(({ step, trained_tokens, batch_tokens }) => ({ step, trained_tokens, batch_tokens })),
    );
  });

  test('its prompts have its ids', () => {
    const { examples } = read('smollm2-forward.json') as { examples: { text: string; ids: number[] }[] };
    for (const { text, ids } of examples) expect(Array.from(tokenizer.encode(text))).toEqual(ids);
    const chat = examples.find(({ text }) => text.startsWith('<|im_start|>'));
    const asked = { messages: [{ role: 'user' as const, content: 'What is the capital of Italy?' }] };
    expect(Array.from(encodePrompt(reader, asked))).toEqual(chat?.ids);
  });
});

describe('an example', () => {
  const { ids, trained, starts, ends, text, cut } = encodeExample(reader, singleTurn('Say é', 'wörld 😀'));

  test('learns its answer and the end of it', () => {
    const learned = Array.from(ids).filter((_, i) => trained[i] === 1);
    expect(tokenizer.decode(learned, { control: true })).toBe('wörld 😀<|im_end|>');
    expect([learned.at(-1), cut]).toEqual([2, 0]);
  });

  test('begins with what the model is asked', () => {
    const prompt = encodePrompt(reader, splitLastAnswer(singleTurn('Say é', 'wörld 😀')).asked);
    expect(ids.slice(0, prompt.length)).toEqual(prompt);
    expect(trained.indexOf(1)).toBe(prompt.length);
  });

  test('says where its tokens stand', () => {
    for (const [i, id] of ids.entries()) {
      const own = tokenizer.decode([id], { control: true });
      if (!own.includes('\ufffd')) expect(text.slice(starts[i], ends[i])).toBe(own);
    }
  });

  test('is cut at its end, and what is lost is counted', () => {
    const short = encodeExample(reader, singleTurn('Say é', 'wörld 😀'), ids.length - 3);
    expect(short.ids).toEqual(ids.slice(0, -3));
    expect([short.trained.length, short.starts.length, short.ends.length]).toEqual([0, 0, 0].map(() => ids.length - 3));
    expect([short.cut, short.cutTrained]).toEqual([3, 2]);
  });
});

test('a chat without a learned answer has nothing to ask for', () => {
  const weightless = { role: 'assistant' as const, content: 'no', weight: 0 as const };
  const messages = [{ role: 'user' as const, content: 'a' }, weightless];
  expect(splitLastAnswer({ messages })).toEqual({ asked: { messages }, answer: null });
  const answer = { role: 'assistant' as const, content: 'yes' };
  expect(splitLastAnswer({ messages: [...messages, answer], tools: [] })).toEqual({
    asked: { messages, tools: [] },
    answer,
  });
});

test('of a chat that ends in a call the last answer in words is judged', () => {
  const asked = { role: 'user' as const, content: 'a' };
  const words = { role: 'assistant' as const, content: 'yes' };
  const call = { role: 'assistant' as const, content: '', toolCalls: [{ name: 'f', arguments: {} }] };
  expect(splitLastAnswer({ messages: [asked, words, asked, call] })).toEqual({
    asked: { messages: [asked] },
    answer: words,
  });
  expect(splitLastAnswer({ messages: [asked, call] }).answer).toBe(call);
});

describe('the token view', () => {
  const whole = encodeExample(reader, singleTurn('Ask', 'An answer.'));

  test('has all characters once, in runs of context and of what is learned', () => {
    const runs = tokenRuns(whole);
    expect(runs.map(({ text }) => text).join('')).toBe(whole.text);
    expect(runs.map(({ use }) => use)).toEqual(['context', 'trained', 'context']);
    expect(runs[1]?.text).toBe('An answer.<|im_end|>');
    expect(runs.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(whole.ids.length);
    expect(runs[1]?.tokens).toBe(whole.trained.reduce((a, b) => a + b, 0));
  });

  test('shows what is cut off', () => {
    const runs = tokenRuns(encodeExample(reader, singleTurn('Ask', 'An answer.'), whole.ids.length - 4));
    expect(runs.map(({ use, text }) => [use, text]).slice(1)).toEqual([
      ['trained', 'An'],
      ['cut', ' answer.<|im_end|>\n'],
    ]);
  });

  test('a character of several tokens stands once', () => {
    const runs = tokenRuns(encodeExample(reader, singleTurn('𝔊𝔊', '𝔊')));
    expect(runs.map(({ text }) => text).join('')).toContain('user\n𝔊𝔊<|im_end|>');
    expect(runs[1]?.text).toBe('𝔊<|im_end|>');
  });
});
