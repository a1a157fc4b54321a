import { expect, test } from 'vitest';
import { unseenLabels } from '../../../src/core/quality/test-file';
import { rowsOf } from './rows-of';

const train = rowsOf([
  ['Hello', 'a'],
  ['bye', 'b'],
]);

test('labels of the test file that training never saw are listed', () => {
  const found = unseenLabels(
    train,
    rowsOf([
      ['x', 'a'],
      ['y', 'A'],
    ]),
  );
  expect(found?.lines).toEqual([2]);
  expect(unseenLabels(train, train)).toBeNull();
});
