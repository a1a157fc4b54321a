/** Verified files of models, so that a second start needs no network. */
import { OWN_ID_RANGE } from '../core/models/own-id';
import { write } from './database';
import type { HoneDatabase, ModelFile } from './schema';

/** The note beside the files of a model that was brought along: what its check gave, which stands before its use. */
export const CHECKED = 'checked';

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

/** Names of a model's files that are kept, told without reading their bytes. */
export async function listModelFiles(database: HoneDatabase, modelId: string): Promise<string[]> {
  const keys = await database.getAllKeys('models', filesOf(modelId));
  return keys.map((key) => key.slice(modelId.length + 1));
}

/** Takes a model out of this browser, its manifest too. */
export async function deleteModel(database: HoneDatabase, modelId: string): Promise<void> {
  await write(database, ['models'], 'The deletion', async (transaction) => {
    await transaction.objectStore('models').delete(filesOf(modelId));
  });
}

/** Ids of the models that the person brought along, those too of which not all files came in. */
export async function listOwnModelIds(database: HoneDatabase): Promise<string[]> {
  const [from, to] = OWN_ID_RANGE;
  const keys = await database.getAllKeys('models', IDBKeyRange.bound(from, to, false, true));
  return [...new Set(keys.map((key) => key.slice(0, key.indexOf('/'))))];
}

/** `${modelId}/…`: the sign behind the stroke is the first that no key has there. */
function filesOf(modelId: string): IDBKeyRange {
  return IDBKeyRange.bound(`${modelId}/`, `${modelId}0`, false, true);
}
