/**
 * Data sets, their rows in chunks, and the files they came from. Whole versions are written in one transaction:
 * a reload in the middle of an import leaves nothing.
 */
import type { Dataset, DatasetVersion, Row, Task } from '../core/data/dataset';
import { AppError } from '../core/errors';
import { write, type WriteTransaction } from './database';
import { type HoneDatabase, type RowChunk, ROWS_PER_CHUNK, type StoredFile } from './schema';

/** Larger files are not kept for reading again under another mapping. */
export const MAX_KEPT_FILE_BYTES = 64 * 1024 * 1024;

export interface DatasetSave {
  /** The record as it will be; its `currentVersion` is the version of these rows. */
  dataset: Dataset;
  rows: Row[];
  /** One entry per row. */
  tokenCounts: Int32Array | null;
  /** The file to keep; null leaves what is there. */
  file: { fileName: string; bytes: Uint8Array } | null;
}

export interface VersionSave extends Pick<DatasetSave, 'rows' | 'tokenCounts'> {
  task: Task;
  /** Its number is the next one that is free. */
  version: Omit<DatasetVersion, 'number'>;
}

/** All data sets, newest first. */
export async function listDatasets(database: HoneDatabase): Promise<Dataset[]> {
  return (await database.getAll('datasets')).sort((a, b) => b.createdAt - a.createdAt);
}

export async function getDataset(database: HoneDatabase, id: string): Promise<Dataset | null> {
  return (await database.get('datasets', id)) ?? null;
}

/** Rows of a version in file order; throws `not-found` when a chunk of it is missing. */
export async function getRows(database: HoneDatabase, dataset: Dataset, version: number): Promise<Row[]> {
  return (await chunksOf(database, dataset, version)).flatMap((chunk) => chunk.rows);
}

/** Token count of each row of a version, before any cut; null where they were not counted. */
export async function getTokenCounts(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
): Promise<Int32Array | null> {
  const chunks = await chunksOf(database, dataset, version);
  const counts: number[] = [];
  for (const { tokenCounts } of chunks) {
    if (tokenCounts === null) return null;
    for (const count of tokenCounts) counts.push(count);
  }
  return Int32Array.from(counts);
}

export async function getFile(database: HoneDatabase, datasetId: string): Promise<StoredFile | null> {
  return (await database.get('files', datasetId)) ?? null;
}

/** Writes a data set or a new version of one: record, rows and file together or not at all. */
export async function saveDataset(database: HoneDatabase, save: DatasetSave): Promise<void> {
  const { dataset, rows, tokenCounts, file } = save;
  const { id: datasetId, currentVersion: version } = dataset;
  await write(database, ['datasets', 'rows', 'files'], `The data set «${dataset.name}»`, async (transaction) => {
    const writes = putRows(transaction, datasetId, version, rows, tokenCounts);
    if (file !== null) writes.push(transaction.objectStore('files').put({ datasetId, ...file }));
    writes.push(transaction.objectStore('datasets').put(dataset));
    await Promise.all(writes);
  });
}

/**
 * Adds a version to a data set and makes it the current one. The record is read in the same transaction: a rename or
 * another version of meanwhile stays. Throws `not-found` when the set is gone.
 */
export async function addVersion(
  database: HoneDatabase,
  id: string,
  { task, version, rows, tokenCounts }: VersionSave,
): Promise<Dataset> {
  return write(database, ['datasets', 'rows'], 'The new version', async (transaction) => {
    const store = transaction.objectStore('datasets');
    const dataset = await store.get(id);
    if (dataset === undefined) throw missing(id);
    const number = Math.max(0, ...dataset.versions.map((version) => version.number)) + 1;
    const versions = [...dataset.versions, { ...version, number }];
    const changed = { ...dataset, task, currentVersion: number, versions };
    await Promise.all([...putRows(transaction, id, number, rows, tokenCounts), store.put(changed)]);
    return changed;
  });
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

/** Removes a data set with its rows and file. Runs made from it keep their reports. */
export async function deleteDataset(database: HoneDatabase, id: string): Promise<void> {
  await write(database, ['datasets', 'rows', 'files'], 'The deletion', async (transaction) => {
    await Promise.all([
      transaction.objectStore('datasets').delete(id),
      transaction.objectStore('rows').delete(allChunks(id)),
      transaction.objectStore('files').delete(id),
    ]);
  });
}

function putRows(
  transaction: WriteTransaction,
  datasetId: string,
  version: number,
  rows: Row[],
  tokenCounts: Int32Array | null,
): Promise<unknown>[] {
  const chunks = transaction.objectStore('rows');
  const writes: Promise<unknown>[] = [];
  for (let chunk = 0; chunk * ROWS_PER_CHUNK < rows.length; chunk++) {
    const [start, end] = [chunk * ROWS_PER_CHUNK, (chunk + 1) * ROWS_PER_CHUNK];
    const counts = tokenCounts === null ? null : tokenCounts.slice(start, end);
    writes.push(chunks.put({ datasetId, version, chunk, rows: rows.slice(start, end), tokenCounts: counts }));
  }
  return writes;
}

/** Every chunk of every version of a data set: an array sorts after all numbers. */
function allChunks(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []]);
}

/** Chunk by chunk, so that a page that reads a large set is never blocked for longer than one of them. */
async function chunksOf(database: HoneDatabase, dataset: Dataset, version: number): Promise<RowChunk[]> {
  const expected = dataset.versions.find(({ number }) => number === version)?.rowCount;
  if (expected === undefined) throw missing(dataset.id);
  const chunks: RowChunk[] = [];
  let found = 0;
  for (let chunk = 0; found < expected; chunk++) {
    const next = await database.get('rows', [dataset.id, version, chunk]);
    if (next === undefined) {
      throw new AppError(
        'not-found',
        `«${dataset.name}», version ${version}: ${found} of ${expected} rows are in this browser. Open the file again.`,
      );
    }
    chunks.push(next);
    found += next.rows.length;
  }
  return chunks;
}

function missing(id: string): AppError {
  return new AppError('not-found', 'This data set is not in this browser any more. Open its file again.', {
    details: { id },
  });
}
