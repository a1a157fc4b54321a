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

test('of labels that look the same it is said what differs, in code points', () => {
  const found = findingOf('label-variants', [...many(5, 'returns'), ['x', 'r\u0435turns'], ['y', 're\u200bturns']]);
  expect(found?.count).toBe(2);
  expect(found?.examples[0]?.reason).toBe(
    '"r\u0435turns" beside "returns", which look alike: U+0435 (Cyrillic) where the other has U+0065 (Latin)',
  );
});
