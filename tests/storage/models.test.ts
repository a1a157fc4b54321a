import '../helpers/storage';
import { expect, test } from 'vitest';
import { getModelFile, putModelFile } from '../../src/storage/models';
import { freshDatabase } from '../helpers/storage';

test('a model file is kept under model and file, and a newer one takes its place', async () => {
  const database = await freshDatabase();
  await putModelFile(database, { key: 'm/a.bin', sha256: 'old', bytes: Uint8Array.of(1) });
  await putModelFile(database, { key: 'm/a.bin', sha256: 'new', bytes: Uint8Array.of(2) });
  expect(await getModelFile(database, 'm/a.bin')).toEqual({ key: 'm/a.bin', sha256: 'new', bytes: Uint8Array.of(2) });
  expect(await getModelFile(database, 'm/b.bin')).toBeNull();
});
