import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('labels of nearly every row their own are suspicious, 77 intents are not', () => {
  const each = Array.from({ length: 20 }, (_, i) => [`t${i}`, `l${i}`] as const);
  expect(findingOf('many-labels', each)?.title).toBe('20 different labels in 20 rows');
  const intents = Array.from({ length: 77 }, (_, i) => many(8, `intent ${i}`)).flat();
  expect(findingOf('many-labels', intents)).toBeUndefined();
});
