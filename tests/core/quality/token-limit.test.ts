import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('the share of texts that will be cut, once tokens are counted', () => {
  const rows = many(4, 'a');
  const found = findingOf('token-limit', rows, { tokenCounts: Int32Array.of(5, 64, 65, 300), maxLength: 64 });
  expect(found?.title).toBe('50 % of the texts will be cut at 64 tokens');
  expect(found?.lines).toEqual([3, 4]);
  expect(findingOf('token-limit', rows)).toBeUndefined();
});
