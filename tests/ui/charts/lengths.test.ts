import { expect, test } from 'vitest';
import { countWords, mistakesByLength } from '../../../src/ui/charts/lengths';

test('every row is in one group, and groups without rows are not shown', () => {
  const answer = (words: number, right: boolean) => ({
    text: Array.from({ length: words }, () => 'word').join(' '),
    label: 'a',
    predicted: right ? 'a' : 'b',
  });
  const groups = mistakesByLength([answer(4, true), answer(5, false), answer(8, true), answer(65, false)]);
  expect(groups).toEqual([
    { label: 'up to 4', rows: 1, wrong: 0 },
    { label: '5 to 8', rows: 2, wrong: 1 },
    { label: 'over 64', rows: 1, wrong: 1 },
  ]);
});

test('words are what stands between blanks', () => {
  expect(countWords('  two\n words ')).toBe(2);
  expect(countWords('')).toBe(0);
});
