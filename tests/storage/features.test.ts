import '../helpers/storage';
import { expect, test, vi } from 'vitest';
import { createFeatureStore } from '../../src/storage/features';
import { fillDiskAtPut, freshDatabase } from '../helpers/storage';

/** Ten values are 40 bytes; the clock goes up by one at each look. */
async function store(maxBytes: number) {
  const database = await freshDatabase();
  let time = 0;
  return { database, features: createFeatureStore(database, () => ++time, maxBytes) };
}
const ten = new Float32Array(10).fill(0.25);

test('what was put comes back bit for bit, and what was not is null', async () => {
  const { features } = await store(1000);
  await features.put('a', Float32Array.of(Math.fround(1 / 3), -0, 1e-40));
  expect(await features.get('a')).toEqual(Float32Array.of(Math.fround(1 / 3), -0, 1e-40));
  expect(await features.get('b')).toBeNull();
});

test('over the cap, the longest unused go first', async () => {
  const { database, features } = await store(100);
  await features.put('a', ten);
  await features.put('b', ten);
  await features.get('a');
  await features.put('c', ten);
  expect(await database.getAllKeys('features')).toEqual(['a', 'c']);
  expect(await database.getAllKeys('featureSizes')).toEqual(['a', 'c']);
});

test('replacing a key does not count it twice', async () => {
  const { database, features } = await store(100);
  await features.put('a', ten);
  await features.put('b', ten);
  await features.put('b', ten);
  expect(await database.getAllKeys('features')).toEqual(['a', 'b']);
});

test('what is larger than all the room is not kept, and pushes nothing out', async () => {
  const { database, features } = await store(100);
  await features.put('a', ten);
  await features.put('b', new Float32Array(1000));
  expect(await database.getAllKeys('features')).toEqual(['a']);
});

test('all ages are read once, however much is put', async () => {
  const { database, features } = await store(100);
  const asked = vi.spyOn(IDBObjectStore.prototype, 'getAll');
  for (let i = 0; i < 20; i++) await features.put(`key ${i}`, ten);
  expect(asked).toHaveBeenCalledTimes(1);
  asked.mockRestore();
  expect(await database.getAllKeys('features')).toEqual(['key 18', 'key 19']);
});

test('a new store counts what an older one left', async () => {
  const { database, features } = await store(100);
  await features.put('a', ten);
  await features.put('b', ten);
  await createFeatureStore(database, () => 50, 100).put('c', ten);
  expect(await database.getAllKeys('features')).toEqual(['b', 'c']);
});

test('a full disk is told, and loses nothing that was kept', async () => {
  const { database, features } = await store(100);
  await features.put('a', ten);
  await features.put('b', ten);
  const repair = fillDiskAtPut(2);
  await expect(features.put('c', ten)).rejects.toMatchObject({ code: 'storage-full' });
  repair();
  expect(await database.getAllKeys('features')).toEqual(['a', 'b']);
  expect(await database.getAllKeys('featureSizes')).toEqual(['a', 'b']);
});

test('on a full disk what is kept is still given, and where storage is gone it is computed: neither ends a run', async () => {
  const { database, features } = await store(1000);
  await features.put('a', ten);
  const repair = fillDiskAtPut(1);
  expect(await features.get('a')).toEqual(ten);
  repair();
  database.close();
  expect(await features.get('a')).toBeNull();
});
