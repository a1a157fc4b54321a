/** Verified files of models, so that a second start needs no network. */
import { write } from './database';
import type { HoneDatabase, ModelFile } from './schema';

/** A kept file, or null; the caller compares `sha256` with the one it expects. */
export async function getModelFile(database: HoneDatabase, key: string): Promise<ModelFile | null> {
  return (await database.get('models', key)) ?? null;
}

/** Keeps a file whose hash the caller has checked. */
export async function putModelFile(database: HoneDatabase, file: ModelFile): Promise<void> {
  await write(database, ['models'], 'The model', async (transaction) => {
    await transaction.objectStore('models').put(file);
  });
}
