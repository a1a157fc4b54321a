/** What devices made of the self-test, so that each is put to it once per browser and build of the app. */
import { write } from './database';
import type { HoneDatabase, StoredSelfTest } from './schema';

export async function getSelfTest(database: HoneDatabase, key: string): Promise<StoredSelfTest | null> {
  return (await database.get('selfTests', key)) ?? null;
}

export async function putSelfTest(database: HoneDatabase, test: StoredSelfTest): Promise<void> {
  await write(database, ['selfTests'], 'The test of the device', async (transaction) => {
    await transaction.objectStore('selfTests').put(test);
  });
}
