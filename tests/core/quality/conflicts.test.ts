import { expect, test } from 'vitest';
import { findingOf } from './rows-of';

test('the same text under two labels is said with both', () => {
  const found = findingOf('conflicts', [
    ['Great', 'good'],
    ['great!', 'bad'],
    ['fine', 'good'],
  ]);
  expect(found?.lines).toEqual([2]);
  expect(found?.examples[0]?.reason).toBe('"bad" here, "good" in row 1');
});
