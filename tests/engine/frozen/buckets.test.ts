import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { floatToHalf } from '../../../src/core/formats/float16';
import { bucketsOf, keepBucket, mayBeKept } from '../../../src/engine/frozen/buckets';
import { toyData } from '../fit/toy';

const { tokenIds } = toyData(300);

test('every text is in one bucket, and the same texts in another order have the same keys', () => {
  const buckets = bucketsOf(tokenIds, 'it');
  expect(buckets.flatMap(({ texts }) => texts).sort((a, b) => a - b)).toEqual([...tokenIds.keys()]);
  expect(buckets.length).toBeGreaterThan(3);
  const keys = (of: Int32Array[]): string[] => bucketsOf(of, 'it').map(({ key }) => key);
  expect(keys([...tokenIds].reverse())).toEqual(keys(tokenIds));
  expect(new Set(keys(tokenIds)).size).toBe(buckets.length);
});

test('a changed text changes one or two keys, another prefix all', () => {
  const keys = bucketsOf(tokenIds, 'it').map(({ key }) => key);
  const changed = bucketsOf([Int32Array.of(1, 39, 2), ...tokenIds.slice(1)], 'it').map(({ key }) => key);
  const lost = keys.filter((key) => !changed.includes(key));
  expect(lost.length).toBeGreaterThanOrEqual(1);
  expect(lost.length).toBeLessThanOrEqual(2);
  expect(bucketsOf(tokenIds, 'that').some(({ key }) => keys.includes(key))).toBe(false);
});

test('a full disk is said and does not stop a run, another fault does', async () => {
  const log: string[] = [];
  const failing = (error: Error) => ({ get: () => Promise.resolve(null), put: () => Promise.reject(error) });
  const keep = (error: Error): Promise<boolean> =>
    keepBucket(failing(error), 'key', new Float32Array(), 'Things', (message) => void log.push(message));
  expect(await keep(new AppError('storage-full', 'No room.'))).toBe(false);
  expect(log).toEqual(['Things are not kept for the next run: No room.']);
  await expect(keep(new Error('A slip.'))).rejects.toThrow('A slip.');
});

test.each([NaN, Infinity, -Infinity])('%s is not to be kept, in either precision', (value) => {
  const values = Float32Array.of(0, -65_504, 6e-8, 1);
  expect([mayBeKept(values), mayBeKept(floatToHalf(values))]).toEqual([true, true]);
  values[2] = value;
  expect([mayBeKept(values), mayBeKept(floatToHalf(values))]).toEqual([false, false]);
});
