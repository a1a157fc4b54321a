import { expect, test } from 'vitest';
import { trainingThreads, threadCount } from '../../src/worker/pool';

test('one thread per core, and no more than one for each GiB of memory', () => {
  expect(threadCount(2, 8)).toBe(2);
  expect(threadCount(16, 8)).toBe(8);
  expect(threadCount(8, 2)).toBe(2);
  expect(threadCount(8, 0.25)).toBe(1);
});

test('folds train side by side one per core, in half of the memory, four at most', () => {
  expect(trainingThreads(2, 8)).toBe(2);
  expect(trainingThreads(16, 8)).toBe(4);
  expect(trainingThreads(8, 4)).toBe(2);
  expect(trainingThreads(8, 1)).toBe(1);
  expect(trainingThreads(8)).toBe(2);
});

test('a browser that does not say its memory is taken to have 4 GiB', () => {
  expect(threadCount(12)).toBe(4);
  expect(threadCount(2)).toBe(2);
});
