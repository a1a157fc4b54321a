import { expect, test } from 'vitest';
import { modelsFor } from '../../../../src/core/models/registry';
import { tallyTokens } from '../../../../src/core/text/token-tally';
import { splitCounts } from '../../../../src/ui/screens/train/cost';
import { startWords } from '../../../../src/ui/screens/train/start-words';
import {
  cutWords,
  fewRowsWords,
  judgedWords,
  writerLines,
  writerRowLines,
} from '../../../../src/ui/screens/train/writer-words';

const [model] = modelsFor('generation');
const wordsOf = (lines: { name: string; words: string }[], name: string) =>
  lines.find((line) => line.name === name)?.words;

test('a model that writes says its size with the tokenizer, its licence and how long a conversation may be', () => {
  const lines = writerLines(model, null);
  expect(wordsOf(lines, 'Size')).toBe('134.5 M values, 98 MB');
  expect(wordsOf(lines, 'Licence')).toBe('Apache-2.0');
  expect(wordsOf(lines, 'Languages')).toBe('English');
  expect(wordsOf(lines, 'Tokens')).toBe('up to 8,192 of a conversation');
});

test('how long rows are and how many are cut off is said once they were read', () => {
  const at = (maxLength: number) =>
    writerRowLines(model, { lengths: tallyTokens([10, 20, 90]), maxLength, languages: null });
  expect(wordsOf(at(96), 'Length')).toBe('half of them up to 20, the longest 90 tokens');
  expect(wordsOf(at(96), 'Cut off')).toBe('no row');
  expect(wordsOf(at(15), 'Cut off')).toBe('2 rows of more than 15 tokens');
  expect(wordsOf(writerRowLines(model, { lengths: null, maxLength: 96, languages: null }), 'Length')).toBeUndefined();
});

test('rows that are cut off, and few rows, are warned of; enough rows and whole ones are not', () => {
  expect(cutWords(0)).toBeNull();
  expect(cutWords(1)?.title).toBe('1 row is cut off at the end');
  expect(cutWords(3)?.title).toBe('3 rows are cut off at the end');
  expect(fewRowsWords(5)?.text).toContain('by heart');
  expect(fewRowsWords(50)).toBeNull();
});

const version = { rowCount: 320 };
const heldOut = { folds: 1, test: { kind: 'hold-out', share: 0.2 } } as const;
const inFolds = { folds: 4, test: { kind: 'none' } } as const;

test('it is said which rows judge: one part that is kept apart, or each row once', () => {
  expect(judgedWords(splitCounts(version, 0, heldOut, 0), heldOut)[0]).toMatch(/^64 rows, .* 256 rows are left/);
  expect(judgedWords(splitCounts(version, 0, inFolds, 0), inFolds)[0]).toContain('kept apart once, in 4 folds');
});

test('one held-out part is one training; folds are one each and one to keep', () => {
  const plan = { method: 'full', steps: { fold: 48, final: 64 } };
  const one = startWords({ ...plan, writes: true, split: splitCounts(version, 0, heldOut, 0) });
  expect(one.trainings).toBe('One training');
  expect(wordsOf(one.lines, 'Training')).toBe('up to 64 steps');
  expect(wordsOf(one.lines, 'Rows kept apart')).toBe('64');
  const four = startWords({ ...plan, writes: true, split: splitCounts(version, 0, inFolds, 0) });
  expect(four.trainings).toBe('5 trainings');
  expect(wordsOf(four.lines, '4 folds')).toBe('up to 48 steps each');
  const labels = startWords({ ...plan, writes: false, split: splitCounts(version, 0, inFolds, 0) });
  expect(wordsOf(labels.lines, 'Simpler methods')).toBe('3, same folds');
});
