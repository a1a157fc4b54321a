import '../helpers/storage';
import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { AppError } from '../../src/core/errors';
import { keptFiles } from '../../src/core/models/kept-files';
import { parseManifest } from '../../src/core/models/manifest';
import { listModelFiles } from '../../src/storage/models';
import { keepModel } from '../../src/worker/keep-model';
import { createModelSource } from '../../src/worker/model-source';
import type { DataEvent } from '../../src/worker/protocol';
import { fillDiskAtPut, freshDatabase } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';

const files = tinyModelFiles();
const modelId = 'all-MiniLM-L6-v2';

interface Given {
  served?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Called for each file that is asked for; what it throws is what the network does. */
  onAsked?: (file: string) => void;
  room?: number | null;
  signal?: AbortSignal;
}

async function kept(
  database: Awaited<ReturnType<typeof freshDatabase>>,
  { served = files, onAsked = () => undefined, room = null, signal = new AbortController().signal }: Given = {},
) {
  const asked: string[] = [];
  const events: DataEvent[] = [];
  vi.stubGlobal('fetch', async (url: URL, init?: RequestInit) => {
    const file = url.pathname.split('/').at(-1) ?? '';
    asked.push(file);
    onAsked(file);
    init?.signal?.throwIfAborted();
    const bytes = served.get(file);
    if (!bytes) throw new TypeError('Failed to fetch');
    return new Response(bytes);
  });
  const ports = {
    database,
    post: (event: DataEvent) => void events.push(event),
    modelFiles: (id: string, hooks = {}) =>
      createModelSource({ database, modelId: id, baseUrl: 'https://example.org/', ...hooks }),
    room: () => Promise.resolve(room),
  };
  const done = keepModel(ports, { type: 'keep-model', requestId: 'r1', modelId }, signal);
  const error = await done.then(
    () => null,
    (error: unknown) => error,
  );
  vi.unstubAllGlobals();
  return { asked, events, error };
}

/** The tiny model's weights in five shards. */
function inFiveShards(): Map<string, Uint8Array<ArrayBuffer>> {
  const manifest = JSON.parse(new TextDecoder().decode(files.get('manifest.json'))) as { shards: { file: string }[] };
  const whole = new Uint8Array(manifest.shards.flatMap(({ file }) => [...(files.get(file) ?? [])]));
  const size = Math.ceil(whole.length / 5);
  const cut = [1, 2, 3, 4, 5].map((n) => ({
    file: `model-0000${n}-of-00005.bin`,
    bytes: whole.slice((n - 1) * size, n * size),
  }));
  const shards = cut.map(({ file, bytes }) => ({
    file,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  return new Map([
    ['manifest.json', new TextEncoder().encode(JSON.stringify({ ...manifest, shards }))],
    ['tokenizer.json', files.get('tokenizer.json') ?? new Uint8Array()],
    ...cut.map(({ file, bytes }) => [file, bytes] as const),
  ]);
}

test('a network that breaks in shard 3 of 5 goes on there: what came whole is not asked for again', async () => {
  const database = await freshDatabase();
  const served = inFiveShards();
  const breaking = await kept(database, {
    served,
    onAsked(file) {
      if (file === 'model-00003-of-00005.bin') throw new TypeError('network error');
    },
  });
  expect(breaking.error).toMatchObject({ code: 'model-missing' });
  const manifest = parseManifest(new TextDecoder().decode(served.get('manifest.json')));
  const here = keptFiles(manifest, await listModelFiles(database, modelId));
  expect(here).toMatchObject({ nextShard: 3, shards: 5, whole: false });
  const onTheWay = breaking.events.at(-1);
  expect(onTheWay).toMatchObject({ type: 'keep-progress', shard: 3, shards: 5, bytesKept: here.bytesKept });

  const again = await kept(database, { served });
  expect(again.error).toBeNull();
  const rest = ['model-00003-of-00005.bin', 'model-00004-of-00005.bin', 'model-00005-of-00005.bin'];
  expect(again.asked).toEqual(['manifest.json', ...rest]);
  expect(again.events.at(-1)).toEqual({ type: 'model-kept', requestId: 'r1', bytes: here.bytesTotal });
  expect(keptFiles(manifest, await listModelFiles(database, modelId)).whole).toBe(true);
});

test('a fetch that is stopped keeps what came whole, and asks for nothing more', async () => {
  const database = await freshDatabase();
  const stop = new AbortController();
  const stopped = await kept(database, {
    served: inFiveShards(),
    signal: stop.signal,
    onAsked(file) {
      if (file === 'model-00002-of-00005.bin') stop.abort();
    },
  });
  expect(stopped.error).toMatchObject({ code: 'cancelled' });
  expect(stopped.asked.at(-1)).toBe('model-00002-of-00005.bin');
  expect(await listModelFiles(database, modelId)).toEqual([
    'manifest.json',
    'model-00001-of-00005.bin',
    'tokenizer.json',
  ]);
});

test('no room is said before a byte of the weights is fetched, by what is still missing', async () => {
  const database = await freshDatabase();
  const total = [...files].reduce((sum, [file, { length }]) => sum + (file === 'manifest.json' ? 0 : length), 0);
  const refused = await kept(database, { room: total - 1 });
  expect(refused.error).toMatchObject({ code: 'storage-full', details: { needed: total, free: total - 1 } });
  expect(refused.asked).toEqual(['manifest.json']);
  const enough = await kept(database, { room: total });
  expect(enough.error).toBeNull();
  // What is here takes no more room.
  await database.delete('models', `${modelId}/all-kept`);
  await database.delete('models', `${modelId}/tokenizer.json`);
  expect((await kept(database, { room: files.get('tokenizer.json')?.length ?? 0 })).error).toBeNull();
});

test('every file of the model is here afterwards, and told as it comes', async () => {
  const database = await freshDatabase();
  const { events } = await kept(database);
  const names = [...files.keys()].map((file) => `${modelId}/${file}`);
  expect(await database.getAllKeys('models')).toEqual([...names, `${modelId}/all-kept`].sort());
  const total = [...files].reduce((sum, [file, { length }]) => sum + (file === 'manifest.json' ? 0 : length), 0);
  expect(events.at(-1)).toEqual({ type: 'model-kept', requestId: 'r1', bytes: total });
  const progress = events.flatMap((event) => (event.type === 'keep-progress' ? [event.bytesKept] : []));
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(total);
});

test('a later start asks for the manifest alone, and reads none of the weights', async () => {
  const database = await freshDatabase();
  await kept(database);
  const read = vi.spyOn(IDBObjectStore.prototype, 'get');
  const { asked, events } = await kept(database);
  const keys = read.mock.calls.map(([key]) => key);
  read.mockRestore();
  expect(asked).toEqual(['manifest.json']);
  expect(keys).toEqual([`${modelId}/all-kept`]);
  expect(events.at(-1)).toMatchObject({ type: 'model-kept' });
});

test('what is here already is not fetched again', async () => {
  const database = await freshDatabase();
  await kept(database);
  await database.delete('models', `${modelId}/all-kept`);
  await database.delete('models', `${modelId}/tokenizer.json`);
  expect((await kept(database)).asked).toEqual(['manifest.json', 'tokenizer.json']);
});

test('a full disk is said, and the model is not called kept', async () => {
  const database = await freshDatabase();
  const restore = fillDiskAtPut(2);
  const { error: refused } = await kept(database);
  restore();
  expect(refused).toBeInstanceOf(AppError);
  expect(refused).toMatchObject({ code: 'storage-full' });
  expect(await database.getKey('models', `${modelId}/all-kept`)).toBeUndefined();
});
