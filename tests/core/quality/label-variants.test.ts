import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('one class under two casings, spacings or Unicode forms', () => {
  const found = findingOf('label-variants', [
    ...many(5, 'spam'),
    ['x', 'Spam'],
    ['y', 'café'],
    ['z', 'cafe\u0301'],
    ['w', 'caf é'],
  ]);
  expect(found?.severity).toBe('repairable');
  expect(found?.lines).toEqual([6, 7]);
  expect(found?.examples[0]?.reason).toBe('"Spam" beside "spam"');
});

test('different labels are different', () => {
  expect(findingOf('label-variants', [...many(5, 'a b'), ...many(5, 'a_b')])).toBeUndefined();
});
