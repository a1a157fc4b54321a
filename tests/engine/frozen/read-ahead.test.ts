import { expect, test } from 'vitest';
import type { StatePiece } from '../../../src/core/run/experiment';
import { readAhead } from '../../../src/engine/frozen/read-ahead';

test('what was looked up is taken without another read, once; all else is read', async () => {
  const values = new Map<string, StatePiece>([['a', Float32Array.of(1)]]);
  const asked: string[] = [];
  const { ahead, store } = readAhead({
    get(key) {
      asked.push(key);
      return Promise.resolve(values.get(key) ?? null);
    },
    put: (key, piece) => Promise.resolve(void values.set(key, piece)),
  });
  expect([await ahead.get('a'), await ahead.get('b')]).toEqual([Float32Array.of(1), null]);
  await store.put('b', Float32Array.of(2));
  expect([await store.get('a'), await store.get('b')]).toEqual([Float32Array.of(1), Float32Array.of(2)]);
  expect(asked).toEqual(['a', 'b', 'b']);
  await store.get('a');
  expect(asked).toEqual(['a', 'b', 'b', 'a']);
});
