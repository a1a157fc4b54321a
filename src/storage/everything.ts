/** Deleting all that this page keeps in the browser. */
import { write } from './database';
import type { HoneDatabase } from './schema';

/** Empties every store in one transaction: all is gone, or nothing is. */
export async function deleteEverything(database: HoneDatabase): Promise<void> {
  const stores = [...database.objectStoreNames];
  await write(database, stores, 'The deletion', async (transaction) => {
    await Promise.all(stores.map((store) => transaction.objectStore(store).clear()));
  });
}
