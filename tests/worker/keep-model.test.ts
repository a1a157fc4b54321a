import '../helpers/storage';
import { expect, test, vi } from 'vitest';
import { AppError } from '../../src/core/errors';
import { keepModel } from '../../src/worker/keep-model';
import { createModelSource } from '../../src/worker/model-source';
import type { DataEvent } from '../../src/worker/protocol';
import { fillDiskAtPut, freshDatabase } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';

const files = tinyModelFiles();
const modelId = 'all-MiniLM-L6-v2';

async function kept(database: Awaited<ReturnType<typeof freshDatabase>>) {
  const asked: string[] = [];
  const events: DataEvent[] = [];
  vi.stubGlobal('fetch', async (url: URL) => {
    const file = url.pathname.split('/').at(-1) ?? '';
    asked.push(file);
    const bytes = files.get(file);
    if (!bytes) throw new TypeError('Failed to fetch');
    return new Response(bytes);
  });
  const done = keepModel(
    {
      database,
      modelId,
      post: (event) => events.push(event),
      modelFiles: (hooks) => createModelSource({ database, modelId, baseUrl: 'https://example.org/', ...hooks }),
    },
    'r1',
  ).finally(() => vi.unstubAllGlobals());
  await done;
  return { asked, events };
}

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
  const refused = await kept(database).catch((error: unknown) => error);
  restore();
  expect(refused).toBeInstanceOf(AppError);
  expect(refused).toMatchObject({ code: 'storage-full' });
  expect(await database.getKey('models', `${modelId}/all-kept`)).toBeUndefined();
});
