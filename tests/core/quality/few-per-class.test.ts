import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('labels under eight rows are said once, not again where they are under the folds too', () => {
  const found = findingOf('few-per-class', [...many(8, 'a'), ...many(7, 'b'), ...many(2, 'c')], { folds: 5 });
  expect(found?.examples.map(({ excerpt }) => excerpt)).toEqual(['b']);
});
