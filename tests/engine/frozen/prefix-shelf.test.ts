import { expect, test } from 'vitest';
import type { Threads } from '../../../src/engine/threads/threads';
import { statesOf } from '../../../src/engine/frozen/prefix-plan';
import { Shelf, type ShelfBucket } from '../../../src/engine/frozen/prefix-shelf';
import { MemoryStates } from '../fit/toy';

/** 400 texts of 2 tokens, 4 values each: 16 bytes in half precision, 6,400 in all. */
const TEXTS = Array.from({ length: 400 }, (_, i) => Int32Array.of(1, i));

function shelfOver(store: MemoryStates, keepBytes: number, lanes = 1) {
  const log: string[] = [];
  const threads: Threads = {
    count: 1,
    lanes,
    wasmUrl: null,
    start() {
      throw new Error('Nothing is started here.');
    },
  };
  const help = { store, modelSha256: 'toy', threads, onLog: (message: string) => void log.push(message) };
  return { shelf: new Shelf(statesOf(TEXTS, 4, keepBytes), 'cpu/1', help), log };
}

async function fill(shelf: Shelf, buckets: ShelfBucket[]): Promise<void> {
  for (const bucket of buckets) {
    await shelf.keep(bucket, new Map(bucket.texts.map((text) => [text, new Uint16Array(8).fill(text)])));
  }
}

const textsOf = (buckets: ShelfBucket[]): number => buckets.reduce((sum, { texts }) => sum + texts.length, 0);

test('memory is filled first, the rest goes to the store, and all of it is there for a later run', async () => {
  const store = new MemoryStates();
  const { shelf, log } = shelfOver(store, 3200, 4);
  const missing = await shelf.open();
  expect(textsOf(missing)).toBe(400);
  const firstAway = missing.findIndex(({ inMemory }) => !inMemory);
  expect(missing.slice(firstAway).some(({ inMemory }) => inMemory)).toBe(false);
  await fill(shelf, missing);
  expect(16 * shelf.memory.size).toBeLessThanOrEqual(3200);
  expect(16 * shelf.memory.size).toBeGreaterThan(1600);
  expect(store.bytes).toBe(6400);
  expect(log).toEqual([
    expect.stringMatching(
      /^The frozen layers’ output is kept in half precision: in full it is 13 kB, and 3.2 kB of memory are for it\. [34]\.\d kB of it are on the disk, and are read batch by batch\. Folds are fitted one after the other\.$/,
    ),
  ]);

  const later = shelfOver(store, 3200).shelf;
  expect(await later.open()).toEqual([]);
  expect(later.memory).toEqual(shelf.memory);
  const away = [...TEXTS.keys()].filter((text) => !later.memory.has(text)).slice(0, 3);
  const pieces = await later.read(away, []);
  expect([...pieces]).toEqual(away.map((text) => [text, new Uint16Array(8).fill(text)]));
});

test('with little room on the disk that goes to what is not in memory, and what is left out is said', async () => {
  const store = new MemoryStates(2500);
  const { shelf, log } = shelfOver(store, 3200);
  const missing = await shelf.open();
  await fill(shelf, missing);
  const stored = missing.filter(({ inMemory }) => !inMemory);
  expect(store.bytes).toBeLessThanOrEqual(2500);
  expect([...store.blocks.keys()]).toEqual(expect.arrayContaining(stored.map(({ key }) => key)));
  expect(textsOf(stored)).toBeLessThan(400 - shelf.memory.size);
  expect(log.join()).toMatch(/For \d.*B of it there is no room on the disk: that is computed for every batch\.$/);
  const out = [...TEXTS.keys()].filter(
    (text) => !shelf.memory.has(text) && !stored.some(({ texts }) => texts.includes(text)),
  );
  expect(await shelf.read(out, [])).toEqual(new Map());
});

test('what is not finite is kept in memory for this run only, and what was stored of it is none', async () => {
  const store = new MemoryStates();
  const infinite = Uint16Array.of(0, 0, 0, 0x7c00, 0, 0, 0, 0);
  const { shelf } = shelfOver(store, 3200);
  const missing = await shelf.open();
  for (const bucket of missing) await shelf.keep(bucket, new Map(bucket.texts.map((text) => [text, infinite])));
  expect(store.blocks.size).toBe(0);
  expect(shelf.memory.size).toBeGreaterThan(100);

  const { shelf: whole } = shelfOver(store, 3200);
  await fill(whole, await whole.open());
  for (const pieces of store.blocks.values()) pieces[0] = infinite;
  const { shelf: later } = shelfOver(store, 3200);
  const again = await later.open();
  expect(again.filter(({ inMemory }) => inMemory)).toEqual(missing.filter(({ inMemory }) => inMemory));
  const away = missing.filter(({ inMemory }) => !inMemory);
  const pieces = await later.read(
    away.flatMap(({ texts }) => texts),
    [],
  );
  expect(away.map(({ texts }) => texts.filter((text) => !pieces.has(text)))).toEqual(
    away.map(({ texts }) => texts.slice(0, 1)),
  );
});

test('a piece of another size than its text is none', async () => {
  const store = new MemoryStates();
  const { shelf } = shelfOver(store, 0);
  await fill(shelf, await shelf.open());
  for (const pieces of store.blocks.values()) pieces[0] = new Uint16Array(7);
  const pieces = await shelf.read([...TEXTS.keys()], []);
  expect(pieces.size).toBe(400 - store.blocks.size);
});
