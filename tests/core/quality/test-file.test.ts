import { expect, test } from 'vitest';
import { leakage, unseenLabels } from '../../../src/core/quality/test-file';
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

test('test rows that stand in the training file too are listed, near copies included', () => {
  const found = leakage(
    train,
    rowsOf([
      ['new', 'a'],
      ['hello!', 'a'],
    ]),
  );
  expect(found?.examples).toEqual([{ line: 2, excerpt: 'hello!', reason: 'as row 1 of the training file' }]);
  expect(leakage(train, rowsOf([['new', 'a']]))).toBeNull();
});
