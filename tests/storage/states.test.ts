import '../helpers/storage';
import { afterEach, expect, test, vi } from 'vitest';
import type { StatePiece, StateStore } from '../../src/core/run/experiment';
import { deleteEverything } from '../../src/storage/everything';
import type { HoneDatabase } from '../../src/storage/schema';
import { createStateStore } from '../../src/storage/states';
import { contents, fillDiskAtPut, freshDatabase } from '../helpers/storage';

afterEach(() => void vi.restoreAllMocks());

let time = 0;
/** What a run makes of the database; two pieces of 20 bytes are a block of 40. */
function storeOf(database: HoneDatabase, maxBytes = 1000, free = Infinity): StateStore {
  return createStateStore(database, () => ++time, { maxBytes, free: () => Promise.resolve(free) });
}
const piece = (value: number) => new Uint16Array(10).fill(value);
const pair = [piece(1), piece(2)];

async function keysIn(database: HoneDatabase) {
  const blocks = await database.getAllKeys('stateBlocks');
  const states = new Set((await database.getAllKeys('states')).map(([block]) => block));
  expect([...states]).toEqual(blocks);
  return blocks;
}

test('pieces come back one by one or as a block, each with its bits and its kind; what was not put is null', async () => {
  const store = storeOf(await freshDatabase());
  const pieces: StatePiece[] = [Uint16Array.of(0x3555, 0x8000), Float32Array.of(1e-40, -0), Uint16Array.of()];
  await store.put('a', pieces);
  expect(await store.get('a')).toEqual(pieces);
  expect(await store.get('b')).toBeNull();
  expect(await store.claim('a')).toBe(true);
  expect(await store.claim('b')).toBe(false);
  const places = [
    { block: 'a', piece: 1 },
    { block: 'b', piece: 0 },
    { block: 'a', piece: 3 },
    { block: 'a', piece: 0 },
  ];
  expect(await store.read(places)).toEqual([pieces[1], null, null, pieces[0]]);
});

test('pieces are read in one transaction, and nothing but they', async () => {
  const store = storeOf(await freshDatabase());
  await store.put('a', pair);
  const [gets, wholes] = [vi.spyOn(IDBObjectStore.prototype, 'get'), vi.spyOn(IDBObjectStore.prototype, 'getAll')];
  const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await store.read([
    { block: 'a', piece: 0 },
    { block: 'a', piece: 1 },
  ]);
  expect(gets.mock.calls).toEqual([[['a', 0]], [['a', 1]]]);
  expect(wholes).not.toHaveBeenCalled();
  expect(transactions).toHaveBeenCalledTimes(1);
});

test('what was used longest ago makes way for a later run, whole blocks at a time', async () => {
  const database = await freshDatabase();
  const first = storeOf(database, 120);
  for (const key of ['a', 'b', 'c']) await first.put(key, pair);
  await storeOf(database, 120).claim('a');
  const later = storeOf(database, 120);
  expect(await later.room()).toBe(120);
  await later.put('d', pair);
  expect(await keysIn(database)).toEqual(['a', 'c', 'd']);
  await later.put('e', pair);
  expect(await keysIn(database)).toEqual(['a', 'd', 'e']);
});

test('what this run claimed or put does not make way: it has no room then, and says so', async () => {
  const database = await freshDatabase();
  await storeOf(database, 100).put('a', pair);
  const store = storeOf(database, 100);
  await store.claim('a');
  expect(await store.room()).toBe(60);
  await store.put('b', pair);
  expect(await store.room()).toBe(20);
  await expect(store.put('c', pair)).rejects.toMatchObject({ code: 'storage-full' });
  expect(await keysIn(database)).toEqual(['a', 'b']);
});

test('a block that is put again takes the place of the old one', async () => {
  const database = await freshDatabase();
  const store = storeOf(database, 100);
  await store.put('a', [piece(1), piece(2), piece(3)]);
  await store.put('a', pair);
  await store.put('b', pair);
  expect(await store.get('a')).toEqual(pair);
  expect(await store.room()).toBe(20);
});

test('no more than half of what the browser still gives is taken', async () => {
  const database = await freshDatabase();
  await storeOf(database).put('a', pair);
  const store = storeOf(database, 1000, 100);
  expect(await store.room()).toBe(90);
  await store.put('b', pair);
  await store.put('c', pair);
  expect(await keysIn(database)).toEqual(['b', 'c']);
  await expect(store.put('d', pair)).rejects.toMatchObject({ code: 'storage-full' });
});

test('a disk that is full before that loses nothing, and is told as full', async () => {
  const database = await freshDatabase();
  await storeOf(database, 80).put('a', pair);
  const store = storeOf(database, 80);
  await store.put('b', pair);
  const before = await contents(database);
  const repair = fillDiskAtPut(3);
  await expect(store.put('c', pair)).rejects.toMatchObject({ code: 'storage-full' });
  repair();
  expect(await contents(database)).toEqual(before);
  await store.put('c', pair);
  expect(await keysIn(database)).toEqual(['b', 'c']);
});

test('all sizes are read once in a run', async () => {
  const store = storeOf(await freshDatabase(), 120);
  const asked = vi.spyOn(IDBObjectStore.prototype, 'getAll');
  for (const key of ['a', 'b', 'c']) await store.put(key, pair);
  await store.room();
  expect(asked).toHaveBeenCalledTimes(1);
});

test('a closed database is told as storage that failed', async () => {
  const database = await freshDatabase();
  const store = storeOf(database);
  await store.put('a', pair);
  database.close();
  await expect(store.read([{ block: 'a', piece: 0 }])).rejects.toMatchObject({ code: 'storage-failed' });
  await expect(store.claim('a')).rejects.toMatchObject({ code: 'storage-failed' });
  await expect(store.get('a')).rejects.toMatchObject({ code: 'storage-failed' });
  await expect(store.put('b', pair)).rejects.toMatchObject({ code: 'storage-failed' });
});

test('deleting everything deletes them', async () => {
  const database = await freshDatabase();
  const store = storeOf(database);
  await store.put('a', pair);
  await deleteEverything(database);
  expect(await store.read([{ block: 'a', piece: 0 }])).toEqual([null]);
  expect(await keysIn(database)).toEqual([]);
});
