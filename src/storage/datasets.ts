/**
 * Data sets, their rows in chunks, and the files they came from. Whole versions are written in one transaction, chunk
 * after chunk: a reload in the middle of an import leaves nothing, and no more than one chunk is in copies at a time.
 */
import type { Dataset, DatasetVersion, Row } from '../core/data/dataset';
import type { Task } from '../core/data/mapping';
import { AppError } from '../core/errors';
import { type TokenTally, TokenTallier } from '../core/text/token-tally';
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
  /** Told after every chunk, with the rows that are on their way to the disk. */
  onRows?(rows: number): void;
  /** The file to keep; null leaves what is there. */
  file: { fileName: string; bytes: Uint8Array } | null;
}

export interface VersionSave extends Pick<DatasetSave, 'rows' | 'tokenCounts' | 'onRows'> {
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
  const rows: Row[] = [];
  for await (const chunk of rowChunks(database, dataset, version)) for (const row of chunk.rows) rows.push(row);
  return rows;
}

/** Rows of a version by their places in it, each with its tokens; undefined where there is no such place. */
export async function getRowsAt(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
  places: ArrayLike<number>,
): Promise<({ row: Row; tokens: number | null } | undefined)[]> {
  const chunks = new Map<number, RowChunk | undefined>();
  const found: ({ row: Row; tokens: number | null } | undefined)[] = [];
  for (const place of Array.from(places)) {
    const number = Math.floor(place / ROWS_PER_CHUNK);
    // Places come in order: one chunk at a time is held.
    if (!chunks.has(number)) {
      chunks.clear();
      chunks.set(number, await database.get('rows', [dataset.id, version, number]));
    }
    const chunk = chunks.get(number);
    const row = chunk?.rows[place % ROWS_PER_CHUNK];
    found.push(row && { row, tokens: chunk?.tokenCounts?.[place % ROWS_PER_CHUNK] ?? null });
  }
  return found;
}

/** How many rows of a version have each length in tokens, before any cut; null where they were not counted. */
export async function getTokenTally(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
): Promise<TokenTally | null> {
  const kept = dataset.versions.find(({ number }) => number === version)?.tokenTally;
  if (kept !== undefined) return kept;
  const tally = new TokenTallier();
  for await (const { tokenCounts } of rowChunks(database, dataset, version)) {
    if (tokenCounts === null) return null;
    tally.add(tokenCounts);
  }
  return tally.tally();
}

export async function getFile(database: HoneDatabase, datasetId: string): Promise<StoredFile | null> {
  return (await database.get('files', datasetId)) ?? null;
}

/** Writes a data set or a new version of one: record, rows and file together or not at all. */
export async function saveDataset(database: HoneDatabase, save: DatasetSave): Promise<void> {
  const { dataset, file } = save;
  const { id: datasetId, currentVersion: version } = dataset;
  await write(database, ['datasets', 'rows', 'files'], `The data set «${dataset.name}»`, async (transaction) => {
    await putRows(transaction, datasetId, version, save);
    if (file !== null) await transaction.objectStore('files').put({ datasetId, ...file });
    await transaction.objectStore('datasets').put(dataset);
  });
}

/**
 * Adds a version to a data set and makes it the current one. The record is read in the same transaction: a rename or
 * another version of meanwhile stays. Throws `not-found` when the set is gone.
 */
export async function addVersion(
  database: HoneDatabase,
  id: string,
  { task, version, ...save }: VersionSave,
): Promise<Dataset> {
  return write(database, ['datasets', 'rows'], 'The new version', async (transaction) => {
    const store = transaction.objectStore('datasets');
    const dataset = await store.get(id);
    if (dataset === undefined) throw missing(id);
    const number = Math.max(0, ...dataset.versions.map((version) => version.number)) + 1;
    const versions = [...dataset.versions, { ...version, number }];
    const changed = { ...dataset, task, currentVersion: number, versions };
    await putRows(transaction, id, number, save);
    await store.put(changed);
    return changed;
  });
}

/**
 * Puts the token counts of a version beside its rows, and what they show into its record, together or not at all.
 * Throws `not-found` when the version is gone meanwhile.
 */
export async function addTokenCounts(
  database: HoneDatabase,
  id: string,
  number: number,
  { tokenCounts, ...found }: Required<Pick<DatasetVersion, 'tokenTally' | 'findings'>> & { tokenCounts: Int32Array },
): Promise<Dataset> {
  return write(database, ['datasets', 'rows'], 'The counts of tokens', async (transaction) => {
    const [sets, chunks] = [transaction.objectStore('datasets'), transaction.objectStore('rows')];
    const dataset = await sets.get(id);
    const version = dataset?.versions.find((version) => version.number === number);
    if (dataset === undefined || version === undefined) throw missing(id);
    for (let start = 0, chunk = 0; start < version.rowCount; chunk++) {
      const stored = await chunks.get([id, number, chunk]);
      if (stored === undefined) throw missing(id);
      const end = start + stored.rows.length;
      await chunks.put({ ...stored, tokenCounts: tokenCounts.slice(start, end) });
      start = end;
    }
    const versions = dataset.versions.map((one) => (one === version ? { ...version, ...found } : one));
    const changed = { ...dataset, versions };
    await sets.put(changed);
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

/** One chunk after the other: were all asked for at once, all would be copied at once. */
async function putRows(
  transaction: WriteTransaction,
  datasetId: string,
  version: number,
  { rows, tokenCounts, onRows }: Pick<DatasetSave, 'rows' | 'tokenCounts' | 'onRows'>,
): Promise<void> {
  const chunks = transaction.objectStore('rows');
  for (let chunk = 0; chunk * ROWS_PER_CHUNK < rows.length; chunk++) {
    const [start, end] = [chunk * ROWS_PER_CHUNK, (chunk + 1) * ROWS_PER_CHUNK];
    const counts = tokenCounts === null ? null : tokenCounts.slice(start, end);
    await chunks.put({ datasetId, version, chunk, rows: rows.slice(start, end), tokenCounts: counts });
    onRows?.(Math.min(end, rows.length));
  }
}

/** Every chunk of every version of a data set: an array sorts after all numbers. */
function allChunks(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []]);
}

/** The rows of a version chunk by chunk: who reads them holds one at a time. Throws `not-found` where one is missing. */
export async function* rowChunks(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
): AsyncGenerator<RowChunk, void> {
  const expected = dataset.versions.find(({ number }) => number === version)?.rowCount;
  if (expected === undefined) throw missing(dataset.id);
  let found = 0;
  for (let chunk = 0; found < expected; chunk++) {
    const next = await database.get('rows', [dataset.id, version, chunk]);
    if (next === undefined) {
      throw new AppError(
        'not-found',
        `«${dataset.name}», version ${version}: ${found} of ${expected} rows are in this browser. Open the file again.`,
      );
    }
    yield next;
    found += next.rows.length;
  }
}

function missing(id: string): AppError {
  return new AppError('not-found', 'This data set is not in this browser any more. Open its file again.', {
    details: { id },
  });
}
