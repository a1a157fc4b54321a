import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('one label is blocking, two are not', () => {
  expect(findingOf('few-labels', many(12, 'a'))).toMatchObject({ severity: 'blocking', count: 12 });
  expect(findingOf('few-labels', [...many(6, 'a'), ...many(6, 'b')])).toBeUndefined();
});
