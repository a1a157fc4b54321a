import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { openDatabase } from '../../../src/storage/database';
import { deleteEverything } from '../../../src/storage/everything';
import { putModelFile } from '../../../src/storage/models';
import { Models } from '../../../src/state/models.svelte';
import type { KeepProgress } from '../../../src/worker/data-client';

const id = 'all-MiniLM-L6-v2';
const manifest: unknown = await (await fetch('/models/all-MiniLM-L6-v2/manifest.json')).json();
const shards = ['model-00001-of-00003.bin', 'model-00002-of-00003.bin', 'model-00003-of-00003.bin'];

/** A browser that holds these files of the model, whose bytes do not matter here. */
async function browserWith(files: string[]) {
  const database = await openDatabase();
  await deleteEverything(database);
  const put = (file: string, bytes = new Uint8Array(1)) =>
    putModelFile(database, { key: `${id}/${file}`, sha256: '', bytes });
  if (files.length > 0) await put('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
  for (const file of files) await put(file);
  return { database, put };
}

const nobody = { keepModel: () => Promise.reject(new AppError('internal', 'Nobody is asked here.')) };

test('what is in storage is told: nothing, a part and where it goes on, all of it', async () => {
  const { database, put } = await browserWith([]);
  const models = new Models(nobody, Promise.resolve(database));
  expect(models.of(id).kind).toBe('looking');
  await models.refresh();
  expect(models.of(id)).toEqual({ kind: 'absent' });
  expect(models.bytesLeft(id, 99)).toBe(99);

  const part = await browserWith(['tokenizer.json', ...shards.slice(0, 1)]);
  await models.refresh();
  expect(models.of(id)).toMatchObject({ kind: 'partly', bytesKept: 466_081 + 16_777_216, nextShard: 2, shards: 3 });
  expect(models.bytesLeft(id, 99)).toBe(16_777_216 + 11_576_320);
  part.database.close();

  for (const file of shards) await put(file);
  await models.refresh();
  expect(models.of(id)).toEqual({ kind: 'here', bytes: 466_081 + 45_130_752 });
  expect(models.bytesLeft(id, 99)).toBe(0);
  expect(models.here.map(({ model }) => model.id)).toEqual([id]);
});

test('a fetch is told as it goes, joined by whoever asks meanwhile, and blamed where it comes to nothing', async () => {
  const { database } = await browserWith([]);
  let asked = 0;
  let go: (progress: KeepProgress) => void = () => undefined;
  let end: (error: AppError) => void = () => undefined;
  const client = {
    keepModel(_: string, onProgress: (progress: KeepProgress) => void) {
      asked += 1;
      go = onProgress;
      return new Promise<number>((_, reject) => (end = reject));
    },
  };
  const models = new Models(client, Promise.resolve(database));
  await models.refresh();
  const fetched = models.fetch(id);
  const heard: number[] = [];
  const joined = models.keep(id, ({ bytesKept }) => heard.push(bytesKept)).catch((error: unknown) => error);
  const progress = { bytesKept: 5, bytesTotal: 9, shard: 1, shards: 3 };
  go(progress);
  expect(models.of(id)).toEqual({ kind: 'fetching', progress });
  expect(models.bytesLeft(id, 99)).toBe(4);
  end(new AppError('storage-full', 'Full.'));
  await fetched;
  expect(await joined).toMatchObject({ code: 'storage-full' });
  expect([asked, heard]).toEqual([1, [5]]);
  expect(models.faultOf(id)?.code).toBe('storage-full');
  expect(models.of(id)).toEqual({ kind: 'absent' });
  // A new try is not blamed for the last one.
  void models.fetch(id);
  expect(models.faultOf(id)).toBeNull();
});

test('a stop is no fault, and a model that is taken out is gone', async () => {
  const { database } = await browserWith(['tokenizer.json', ...shards]);
  const removed: string[] = [];
  const client = {
    keepModel: (_: string, __: unknown, signal?: AbortSignal) =>
      new Promise<number>((_, reject) =>
        signal?.addEventListener('abort', () => reject(new AppError('cancelled', 'Stopped.'))),
      ),
  };
  const models = new Models(client, Promise.resolve(database), (modelId) => removed.push(modelId));
  await models.refresh();
  const fetched = models.fetch(id);
  models.stop(id);
  await fetched;
  expect(models.faultOf(id)).toBeNull();
  expect(models.of(id).kind).toBe('here');
  await models.remove(id);
  expect(models.of(id)).toEqual({ kind: 'absent' });
  expect(removed).toEqual([id]);
  expect(await database.getAllKeys('models')).toEqual([]);
});
