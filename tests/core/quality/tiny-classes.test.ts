import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('labels with fewer rows than folds are named with what the folds will do', () => {
  const found = findingOf('tiny-classes', [...many(20, 'big'), ...many(3, 'small'), ...many(1, 'lone')], { folds: 5 });
  expect(found?.count).toBe(2);
  expect(found?.examples.map(({ line, reason }) => [line, reason])).toEqual([
    [21, '3 rows for 5 folds: not every fold tests it'],
    [24, 'one row: tested by a model that never saw its label'],
  ]);
  expect(findingOf('tiny-classes', [...many(5, 'a'), ...many(5, 'b')], { folds: 5 })).toBeUndefined();
});
