import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('above ten to one is said, ten to one is not', () => {
  expect(findingOf('imbalance', [...many(20, 'a'), ...many(2, 'b')])).toBeUndefined();
  const found = findingOf('imbalance', [...many(42, 'a'), ...many(2, 'b')]);
  expect(found?.title).toBe('Labels are uneven, 21 to 1');
  expect(found?.detail).toContain('"a" has 42 rows, "b" 2 rows');
});
