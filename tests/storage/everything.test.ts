import '../helpers/storage';
import { expect, test } from 'vitest';
import { deleteEverything } from '../../src/storage/everything';
import { contents, freshDatabase, sampleDataset, sampleRun } from '../helpers/storage';

test('deleting everything leaves no record in any store', async () => {
  const database = await freshDatabase();
  await database.put('datasets', sampleDataset('a', []));
  await database.put('runs', sampleRun('r'));
  await database.put('models', { key: 'm/a', sha256: '', bytes: new Uint8Array(3) });
  await deleteEverything(database);
  expect(Object.values(await contents(database)).flat()).toEqual([]);
});
