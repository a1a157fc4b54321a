import fc from '../../../helpers/fast-check';
import { expect, test } from 'vitest';
import { chrf } from '../../../../src/core/metrics/answers/chrf';
import { isExactMatch, isNormalisedMatch, normalisedAnswer } from '../../../../src/core/metrics/answers/exact-match';
import { longestCommonLength } from '../../../../src/core/metrics/answers/longest-common';
import { rougeL, rougeN } from '../../../../src/core/metrics/answers/rouge';
import { tokenScores } from '../../../../src/core/metrics/answers/token-scores';
import { answerWords } from '../../../../src/core/metrics/answers/words';
import { processorMs } from '../../../helpers/processor-time';

/** The textbook table. */
function byTable(a: readonly string[], b: readonly string[]): number {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const own of a) {
    const line = [0];
    for (const [i, other] of b.entries()) {
      line.push(own === other ? (above[i] ?? 0) + 1 : Math.max(above[i + 1] ?? 0, line[i] ?? 0));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}

test('the longest common subsequence is that of the table, also past 32 and 64 places', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 100 });
  fc.assert(
    fc.property(words, words, (a, b) => longestCommonLength(a, b) === byTable(a, b)),
    { numRuns: 300 },
  );
  const long = Array.from({ length: 64 }, (_, i) => String(i));
  expect(longestCommonLength(long, long)).toBe(64);
  expect(longestCommonLength(long, [...long].reverse())).toBe(1);
});

test('words of scripts other than Latin count, which rouge-score leaves out', () => {
  expect(answerWords("Größe: 3.5 m, don't")).toEqual(['größe', '3', '5', 'm', 'don', 't']);
  expect(answerWords('東京 です')).toEqual(['東', '京', 'で', 'す']);
  expect(answerWords('snake_case — “quoted”')).toEqual(['snake', 'case', 'quoted']);
  expect(answerWords(' … ')).toEqual([]);
  expect(rougeL('東京です', '東京でした').f1).toBeCloseTo((2 * 3) / 9, 12);
});

test('ROUGE tells order from words, and precision from recall', () => {
  expect(rougeN('b a', 'a b', 1).f1).toBe(1);
  expect(rougeN('b a', 'a b', 2).f1).toBe(0);
  expect(rougeL('b a', 'a b').f1).toBe(0.5);
  expect(rougeL('a', 'a b c d')).toEqual({ precision: 1, recall: 0.25, f1: 0.4 });
  expect(rougeN('a a a', 'a', 1)).toEqual({ precision: 1 / 3, recall: 1, f1: 0.5 });
});

test('chrF keeps case, leaves out blanks, and counts characters, not UTF-16 units', () => {
  expect(chrf('a b c', 'abc')).toBeCloseTo(100, 9);
  expect(chrf('ABC', 'abc')).toBe(0);
  expect(chrf('', '')).toBe(0);
  expect(chrf('👩', '👨')).toBe(0);
});

test('an exact match is letter by letter but for blanks at the ends', () => {
  expect(isExactMatch(' yes\n', 'yes')).toBe(true);
  expect(isExactMatch('Yes', 'yes')).toBe(false);
  expect(isExactMatch('a  b', 'a b')).toBe(false);
});

test('a normalised match leaves out case, punctuation and blanks, but no words and no signs of arithmetic', () => {
  expect(isNormalisedMatch('Hello,  World!', 'hello world')).toBe(true);
  expect(isNormalisedMatch('the cat', 'cat')).toBe(false);
  expect(isNormalisedMatch('a < b', 'a > b')).toBe(false);
  expect(isNormalisedMatch('ﬁn', 'fin')).toBe(true);
  expect(isNormalisedMatch('?', '!')).toBe(false);
  expect(normalisedAnswer(' ?! ')).toBe('?!');
});

test('loss is by token over all answers, and none without tokens', () => {
  expect(tokenScores({ nll: 6, tokens: 3, right: 1 })).toEqual({
    loss: 2,
    perplexity: Math.exp(2),
    token_accuracy: 1 / 3,
  });
  expect(tokenScores({ nll: 0, tokens: 0, right: 0 })).toBeNull();
});

test('long answers are judged in a moment', async () => {
  const long = Array.from({ length: 20_000 }, (_, i) => `w${(i * 7919) % 5000}`);
  const ms = await processorMs(() => rougeL(long.join(' '), [...long].reverse().join(' ')));
  expect(ms).toBeLessThan(10_000);
});
