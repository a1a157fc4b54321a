/**
 * Data sets and the files they came from; their rows are read by `rows`, and `versions` adds new ones. A set is written
 * in one transaction, chunk after chunk: a reload in the middle of an import leaves nothing, and no more than one chunk
 * is in copies at a time.
 */
import type { Dataset } from '../core/data/dataset';
import { type LabelDescriptions, withDescriptions } from '../core/data/label-descriptions';
import { AppError } from '../core/errors';
import { write } from './database';
import type { FindingRows, HoneDatabase, StoredFile } from './schema';
import type { AllRows } from './stored-changes';
import { type FindingSets, putFindingRows, putRows } from './versions';

/** Larger files are not kept for reading again under another mapping. */
export const MAX_KEPT_FILE_BYTES = 64 * 1024 * 1024;

export interface DatasetSave extends AllRows {
  /** The record as it will be; its `currentVersion` is the version of these rows. */
  dataset: Dataset;
  findingRows?: readonly FindingSets[];
  /** The file to keep; null leaves what is there. */
  file: { fileName: string; bytes: Uint8Array } | null;
}

/** All data sets, newest first. */
export async function listDatasets(database: HoneDatabase): Promise<Dataset[]> {
  return (await database.getAll('datasets')).sort((a, b) => b.createdAt - a.createdAt);
}

export async function getDataset(database: HoneDatabase, id: string): Promise<Dataset | null> {
  return (await database.get('datasets', id)) ?? null;
}

export async function getFile(database: HoneDatabase, datasetId: string): Promise<StoredFile | null> {
  return (await database.get('files', datasetId)) ?? null;
}

/** Writes a data set with the rows of its current version: record, rows and file together or not at all. */
export async function saveDataset(database: HoneDatabase, save: DatasetSave): Promise<Dataset> {
  const { dataset, file, findingRows = [] } = save;
  const { id: datasetId, currentVersion } = dataset;
  const stores = ['datasets', 'rows', 'files', 'findingRows'] as const;
  return write(database, [...stores], `The data set «${dataset.name}»`, async (transaction) => {
    const chunks = await putRows(transaction, datasetId, currentVersion, save);
    await putFindingRows(transaction, datasetId, currentVersion, findingRows);
    if (file !== null) await transaction.objectStore('files').put({ datasetId, ...file });
    const versions = dataset.versions.map((one) => (one.number === currentVersion ? { ...one, chunks } : one));
    const saved = { ...dataset, versions };
    await transaction.objectStore('datasets').put(saved);
    return saved;
  });
}

/** The rows of a finding of a version; null where it has none. */
export async function getFindingRows(
  database: HoneDatabase,
  { datasetId, version, findingId }: Pick<FindingRows, 'datasetId' | 'version' | 'findingId'>,
): Promise<FindingRows | null> {
  return (await database.get('findingRows', [datasetId, version, findingId])) ?? null;
}

/** The rows of all findings of a version. */
export async function listFindingRows(
  database: HoneDatabase,
  datasetId: string,
  version: number,
): Promise<FindingRows[]> {
  return database.getAll('findingRows', IDBKeyRange.bound([datasetId, version], [datasetId, version, []]));
}

/** Gives a data set another name; throws `not-found` when it is gone. */
export async function renameDataset(database: HoneDatabase, id: string, name: string): Promise<Dataset> {
  return write(database, ['datasets'], 'The new name', async (transaction) => {
    const store = transaction.objectStore('datasets');
    const dataset = await store.get(id);
    if (dataset === undefined) throw missing(id);
    const renamed = { ...dataset, name };
    await store.put(renamed);
    return renamed;
  });
}

/**
 * Changes what some labels mean and leaves the others as they stand by now, whoever wrote them; an empty description takes
 * it away. Throws `not-found` when the set is gone.
 */
export async function describeLabels(database: HoneDatabase, id: string, changes: LabelDescriptions): Promise<Dataset> {
  return write(database, ['datasets'], 'What the labels mean', async (transaction) => {
    const store = transaction.objectStore('datasets');
    const dataset = await store.get(id);
    if (dataset === undefined) throw missing(id);
    const described = { ...dataset, labelDescriptions: withDescriptions(dataset.labelDescriptions, changes) };
    await store.put(described);
    return described;
  });
}

/** Removes a data set with its rows and file. Runs made from it keep their reports. */
export async function deleteDataset(database: HoneDatabase, id: string): Promise<void> {
  await write(database, ['datasets', 'rows', 'files', 'findingRows'], 'The deletion', async (transaction) => {
    await Promise.all([
      transaction.objectStore('datasets').delete(id),
      transaction.objectStore('rows').delete(allOf(id)),
      transaction.objectStore('findingRows').delete(allOf(id)),
      transaction.objectStore('files').delete(id),
    ]);
  });
}

/** Every key of a data set that goes on behind its id: an array sorts after all numbers. */
function allOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []]);
}

function missing(id: string): AppError {
  return new AppError('not-found', 'This data set is not in this browser any more. Open its file again.', {
    details: { id },
  });
}
