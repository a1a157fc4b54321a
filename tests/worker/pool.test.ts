import { expect, test } from 'vitest';
import { threadCount } from '../../src/worker/pool';

test('one thread per core, and no more than one for each GiB of memory', () => {
  expect(threadCount(2, 8)).toBe(2);
  expect(threadCount(16, 8)).toBe(8);
  expect(threadCount(8, 2)).toBe(2);
  expect(threadCount(8, 0.25)).toBe(1);
});

test('a browser that does not say its memory is taken to have 4 GiB', () => {
  expect(threadCount(12)).toBe(4);
  expect(threadCount(2)).toBe(2);
});
