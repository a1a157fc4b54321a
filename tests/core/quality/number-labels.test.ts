import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('a label column of numbers is said, numbers among names are not', () => {
  expect(findingOf('number-labels', [...many(5, '0'), ...many(5, '1.5')])?.count).toBe(10);
  expect(findingOf('number-labels', [...many(5, '0'), ...many(5, 'one')])).toBeUndefined();
});
