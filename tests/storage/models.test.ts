import '../helpers/storage';
import { expect, test } from 'vitest';
import { deleteModel, getModelFile, listModelFiles, putModelFile } from '../../src/storage/models';
import { freshDatabase } from '../helpers/storage';

test('a model file is kept under model and file, and a newer one takes its place', async () => {
  const database = await freshDatabase();
  await putModelFile(database, { key: 'm/a.bin', sha256: 'old', bytes: Uint8Array.of(1) });
  await putModelFile(database, { key: 'm/a.bin', sha256: 'new', bytes: Uint8Array.of(2) });
  expect(await getModelFile(database, 'm/a.bin')).toEqual({ key: 'm/a.bin', sha256: 'new', bytes: Uint8Array.of(2) });
  expect(await getModelFile(database, 'm/b.bin')).toBeNull();
});

test('the files of one model are listed and taken out, and no other that begins like it', async () => {
  const database = await freshDatabase();
  for (const key of ['m/a.bin', 'm/manifest.json', 'm-large/a.bin', 'm0/a.bin', 'l/z.bin']) {
    await putModelFile(database, { key, sha256: 'x', bytes: Uint8Array.of(1) });
  }
  expect(await listModelFiles(database, 'm')).toEqual(['a.bin', 'manifest.json']);
  await deleteModel(database, 'm');
  expect(await listModelFiles(database, 'm')).toEqual([]);
  expect(await database.getAllKeys('models')).toEqual(['l/z.bin', 'm-large/a.bin', 'm0/a.bin']);
});
