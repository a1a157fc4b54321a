import { expect, test } from 'vitest';
import type { OwnSummary } from '../../../../src/core/models/own-summary';
import {
  checkLines,
  doubtWords,
  elsewhereWords,
  incomingWords,
  summaryLines,
} from '../../../../src/ui/screens/train/own-words';

const decoder: OwnSummary = {
  title: 'tiny',
  task: 'decoder',
  architecture: 'qwen2',
  parameters: 494_032_768,
  bytes: 988_097_824,
  deviceBytes: 1_976_131_072,
  dtypes: ['bfloat16'],
  maxTokens: 32_768,
  vocabSize: 151_936,
  licence: 'apache-2.0',
  languages: ['en', 'zh'],
  hasTemplate: true,
  pooling: null,
  labels: null,
  noHead: null,
};

test('what a model is, line by line; what its files do not say is said so', () => {
  expect(summaryLines(decoder)).toEqual([
    { name: 'For', words: 'writing: prompt to answer, chat' },
    { name: 'Kind', words: 'Qwen2, bfloat16' },
    { name: 'Languages', words: 'English, Chinese' },
    { name: 'Size', words: '494.0 M values, 988 MB in this browser' },
    { name: 'Memory', words: '2.0 GB to hold it; more while it trains' },
    { name: 'Licence', words: 'apache-2.0' },
    { name: 'Tokens', words: 'knows 151,936, up to 32,768 of a conversation' },
    { name: 'Chats', words: 'in its own template' },
  ]);
  const silent = summaryLines({ ...decoder, licence: null, languages: [], hasTemplate: false });
  expect(silent.find(({ name }) => name === 'Licence')?.words).toBe('its files do not say');
  expect(silent.find(({ name }) => name === 'Languages')?.words).toBe('its files do not say');
  expect(silent.find(({ name }) => name === 'Chats')?.words).toMatch(
    /^no template: .* an end token behind each answer$/,
  );
  const encoder = summaryLines({
    ...decoder,
    task: 'encoder',
    architecture: 'xlm-roberta',
    hasTemplate: null,
    pooling: 'first',
  });
  expect(encoder.at(0)?.words).toBe('reading: labels');
  expect(encoder.at(-1)).toEqual({ name: 'Vector', words: 'of a text, its first token' });
  const head = (change: Partial<OwnSummary>) =>
    summaryLines({ ...decoder, ...change }).find(({ name }) => name === 'Head');
  expect(head({})).toBeUndefined();
  expect(head({ labels: ['a', 'b'] })?.words).toMatch(/^its own, 2 labels: under Runs it is tried as it is/);
  expect(head({ noHead: 'It is a pickle.' })?.words).toBe('not used. It is a pickle.');
});

test('the check says its number, and a doubt where there is one', () => {
  const good = { task: 'decoder', perplexity: 3.21, plausible: true } as const;
  expect(checkLines(good)).toEqual([{ name: 'Check', words: 'perplexity 3.2 on an easy answer' }]);
  expect(doubtWords(good)).toBeNull();
  const bad = { task: 'decoder', perplexity: 48_211.4, plausible: false } as const;
  expect(checkLines(bad)[0]?.words).toBe('perplexity 48,211 on an easy answer, which is guessing');
  expect(doubtWords(bad)?.title).toBe('Perplexity 48,211: it guesses');
  expect(checkLines({ task: 'encoder', similarity: 0.314, plausible: true })[0]?.words).toBe(
    'two unlike sentences are 0.31 alike, of 1',
  );
  expect(doubtWords({ task: 'encoder', similarity: 1, plausible: false })?.title).toMatch(
    /unlike sentences for the same/,
  );
  expect(checkLines(null)).toEqual([]);
});

test('both ways through the files are one bar; what is over has none', () => {
  const keeping = (doing: 'reading' | 'keeping', bytes: number) =>
    incomingWords({ kind: 'keeping', title: 'tiny', progress: { doing, bytes, bytesTotal: 40_000_000 } });
  expect(keeping('reading', 10_000_000)).toEqual({ words: 'Reading: 10 of 40 MB.', share: 0.125 });
  expect(keeping('keeping', 10_000_000)).toEqual({ words: 'Keeping: 10 of 40 MB.', share: 0.625 });
  expect(incomingWords({ kind: 'checking', title: 'tiny', modelId: 'm' })?.words).toBe('Asking «tiny» something easy.');
  expect(incomingWords({ kind: 'none' })).toBeNull();
});

test('a model for other rows is said to be offered there', () => {
  expect(elsewhereWords(decoder, 'generation')).toBeNull();
  expect(elsewhereWords(decoder, 'classification')).toMatch(/^It writes\. These rows have labels/);
  expect(elsewhereWords({ ...decoder, task: 'encoder' }, 'generation')).toMatch(/^It reads\. These rows have answers/);
  expect(elsewhereWords({ ...decoder, task: 'encoder' }, 'classification')).toBeNull();
});
