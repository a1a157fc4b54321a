import { expect, test } from 'vitest';
import { findingOf } from './rows-of';

test('texts that are all the same are blocking', () => {
  expect(
    findingOf('identical-texts', [
      ['x', 'a'],
      ['x', 'b'],
    ]),
  ).toMatchObject({ severity: 'blocking', count: 2 });
  expect(
    findingOf('identical-texts', [
      ['x', 'a'],
      ['y', 'b'],
    ]),
  ).toBeUndefined();
});
