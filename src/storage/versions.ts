/**
 * Writing versions of a data set. A version that changes some rows stores these over its base; one that changes most
 * stores all its rows. Record, rows and the rows of its findings are one transaction: whole, or not at all.
 */
import type { Dataset, DatasetVersion, Row, RowSpan } from '../core/data/dataset';
import type { RowSet } from '../core/data/row-set';
import type { Task } from '../core/data/mapping';
import { AppError } from '../core/errors';
import { write, type WriteTransaction } from './database';
import {
  applyChanges,
  type ChunkChanges,
  chunkFrom,
  chunkOf,
  type CountedRow,
  countedRows,
  diffChunk,
} from './row-changes';
import { demandVersion, type GetChunk, layersOf, readChunk } from './rows';
import { type HoneDatabase, ROWS_PER_CHUNK } from './schema';

/**
 * A version that changes more than this share of its base's rows stores all of its own: it would take about as much
 * room as changes, and every reading would read both.
 */
const MOST_CHANGED = 0.5;
/** Versions that a row is put together from at most; the next one stores its changes over the whole one beneath. */
export const MOST_LAYERS = 8;

/** The rows and lines of a finding of a version. */
export interface FindingSets {
  findingId: string;
  rowIds: RowSet;
  lines: RowSet;
}

/** What a person or a reading says of a version; the rest is told by its rows. */
export type VersionRecord = Omit<DatasetVersion, 'number' | 'base' | 'changes' | 'chunks' | 'rowCount'>;

/** Rows of a version in memory. */
export interface AllRows {
  /** In the order of their ids. */
  rows: Row[];
  /** One entry per row. */
  tokenCounts: Int32Array | null;
  /** Told after every chunk, with the rows that are on their way to the disk. */
  onRows?(rows: number): void;
}

/** A whole new version: what it changes is found here. */
export interface VersionSave extends AllRows {
  task: Task;
  version: VersionRecord;
  /** The first id that none of the rows' records has. */
  nextRowId: number;
  findingRows?: readonly FindingSets[];
}

/** A new version by its changes alone, none of which names a row twice. */
export interface ChangeSave {
  /** Number of the version that is changed. */
  base: number;
  version: VersionRecord;
  /** Rows under the ids they have or had in this data set: with other content, or back again. */
  put?: readonly CountedRow[];
  removed?: readonly number[];
  /** New rows; they get the next free ids, in this order. */
  added?: readonly { row: Omit<Row, 'rowId'>; tokens: number | null }[];
  findingRows?: readonly FindingSets[];
}

/**
 * Adds a version to a data set and makes it the current one. The record is read in the same transaction: a rename or
 * another version of meanwhile stays. Throws `not-found` when the set is gone.
 */
export async function addVersion(database: HoneDatabase, id: string, save: VersionSave): Promise<Dataset> {
  const { task, version, rows, tokenCounts, onRows } = save;
  return write(database, ['datasets', 'rows', 'findingRows'], 'The new version', async (transaction) => {
    const dataset = await demandDataset(transaction, id);
    const base = demandVersion(dataset, dataset.currentVersion);
    const number = nextNumber(dataset);
    const changes = await changesOver(transaction, dataset, base, save);
    const stored =
      changes === null
        ? { chunks: await putRows(transaction, id, number, { rows, tokenCounts, ...(onRows && { onRows }) }) }
        : await putChanges(transaction, dataset, base, number, changes);
    const known = { ...dataset, task, nextRowId: Math.max(dataset.nextRowId, save.nextRowId) };
    return putVersion(transaction, known, { ...version, ...stored, number, rowCount: rows.length }, save.findingRows);
  });
}

/**
 * Adds a version that changes some rows of another, and makes it the current one; tells the ids of the rows that were
 * added. Throws `not-found` when the set is gone, `internal` where a row is removed that the base does not have.
 */
export async function saveVersion(
  database: HoneDatabase,
  id: string,
  { base: baseNumber, version, put = [], removed = [], added = [], findingRows }: ChangeSave,
): Promise<{ dataset: Dataset; added: number[] }> {
  return write(database, ['datasets', 'rows', 'findingRows'], 'The new version', async (transaction) => {
    const dataset = await demandDataset(transaction, id);
    const base = demandVersion(dataset, baseNumber);
    const number = nextNumber(dataset);
    const fresh = added.map(({ row, tokens }, i) => ({ row: { ...row, rowId: dataset.nextRowId + i }, tokens }));
    const changes = {
      put: [...put, ...fresh].sort((a, b) => a.row.rowId - b.row.rowId),
      removed: [...removed].sort((a, b) => a - b),
    };
    const stored = await putChanges(transaction, dataset, base, number, changes);
    const rowCount = stored.chunks.reduce((sum, { rows }) => sum + rows, 0);
    const known = { ...dataset, nextRowId: dataset.nextRowId + added.length };
    const changed = await putVersion(transaction, known, { ...version, ...stored, number, rowCount }, findingRows);
    return { dataset: changed, added: fresh.map(({ row }) => row.rowId) };
  });
}

/**
 * Puts the token counts of a version beside its rows, and what they show into its record, together or not at all. A
 * version that stored its changes stores all its rows from then on: the counts are of all of them.
 * `findingRows` are those of findings that are new; those of findings that are gone go.
 * Throws `not-found` when the version is gone meanwhile.
 */
export async function addTokenCounts(
  database: HoneDatabase,
  id: string,
  number: number,
  save: Required<Pick<DatasetVersion, 'tokenTally' | 'findings'>> & {
    tokenCounts: Int32Array;
    findingRows?: readonly FindingSets[];
  },
): Promise<Dataset> {
  const { tokenCounts, findingRows = [], ...found } = save;
  return write(database, ['datasets', 'rows', 'findingRows'], 'The counts of tokens', async (transaction) => {
    const dataset = await demandDataset(transaction, id);
    const version = demandVersion(dataset, number);
    let start = 0;
    for (const chunk of version.chunks.keys()) {
      const { rows } = await readChunk(getIn(transaction), dataset, version, chunk);
      const counts = tokenCounts.slice(start, (start += rows.length));
      await transaction.objectStore('rows').put({ datasetId: id, version: number, chunk, rows, tokenCounts: counts });
    }
    const { base: _, changes: __, ...whole } = { ...version, ...found };
    const sets = transaction.objectStore('findingRows');
    const stays = new Set(found.findings.map((finding) => finding.id));
    for (const key of await sets.getAllKeys(IDBKeyRange.bound([id, number], [id, number, []]))) {
      if (!stays.has(key[2])) await sets.delete(key);
    }
    await putFindingRows(transaction, id, number, findingRows);
    const versions = dataset.versions.map((one) => (one === version ? whole : one));
    const changed = { ...dataset, versions };
    await transaction.objectStore('datasets').put(changed);
    return changed;
  });
}

/** Stores all rows of a version, one chunk after the other: were all asked for at once, all would be copied at once. */
export async function putRows(
  transaction: WriteTransaction,
  datasetId: string,
  version: number,
  { rows, tokenCounts, onRows }: AllRows,
): Promise<RowSpan[]> {
  const chunks = transaction.objectStore('rows');
  const spans: RowSpan[] = [];
  for (let chunk = 0; chunk * ROWS_PER_CHUNK < rows.length; chunk++) {
    const [start, end] = [chunk * ROWS_PER_CHUNK, (chunk + 1) * ROWS_PER_CHUNK];
    const own = rows.slice(start, end);
    const counts = tokenCounts === null ? null : tokenCounts.slice(start, end);
    await chunks.put({ datasetId, version, chunk, rows: own, tokenCounts: counts });
    spans.push({ firstRowId: own[0]?.rowId ?? 0, rows: own.length });
    onRows?.(Math.min(end, rows.length));
  }
  return spans;
}

export async function putFindingRows(
  transaction: WriteTransaction,
  datasetId: string,
  version: number,
  sets: readonly FindingSets[],
): Promise<void> {
  for (const set of sets) await transaction.objectStore('findingRows').put({ ...set, datasetId, version });
}

async function putVersion(
  transaction: WriteTransaction,
  dataset: Dataset,
  version: DatasetVersion,
  findingRows: readonly FindingSets[] = [],
): Promise<Dataset> {
  await putFindingRows(transaction, dataset.id, version.number, findingRows);
  const changed = { ...dataset, currentVersion: version.number, versions: [...dataset.versions, version] };
  await transaction.objectStore('datasets').put(changed);
  return changed;
}

function nextNumber({ versions }: Dataset): number {
  return Math.max(0, ...versions.map(({ number }) => number)) + 1;
}

async function demandDataset(transaction: WriteTransaction, id: string): Promise<Dataset> {
  const dataset = await transaction.objectStore('datasets').get(id);
  if (dataset) return dataset;
  throw new AppError('not-found', 'This data set is not in this browser any more. Open its file again.', {
    details: { id },
  });
}

function getIn(transaction: WriteTransaction): GetChunk {
  return (key) => transaction.objectStore('rows').get(key);
}

/**
 * What the rows change over a base; null where all of them are to be stored: there are none in the base, they are mostly
 * others than there, or they are counted where those of the base are not.
 */
async function changesOver(
  transaction: WriteTransaction,
  dataset: Dataset,
  base: DatasetVersion,
  { rows, tokenCounts }: AllRows,
): Promise<ChunkChanges | null> {
  const changes: ChunkChanges = { put: [], removed: [] };
  let start = 0;
  for (const chunk of base.chunks.keys()) {
    const before = await readChunk(getIn(transaction), dataset, base, chunk);
    if (before.tokenCounts === null && tokenCounts !== null) return null;
    let end = start;
    const next = base.chunks[chunk + 1]?.firstRowId ?? Infinity;
    while (end < rows.length && (rows[end]?.rowId ?? 0) < next) end += 1;
    const counts = tokenCounts?.subarray(start, end) ?? null;
    const own = diffChunk(countedRows(before), countedRows({ rows: rows.slice(start, end), tokenCounts: counts }));
    for (const one of own.put) changes.put.push(one);
    for (const one of own.removed) changes.removed.push(one);
    if (isMost(changes, base)) return null;
    start = end;
  }
  return base.chunks.length === 0 ? null : changes;
}

function isMost({ put, removed }: ChunkChanges, { rowCount }: DatasetVersion): boolean {
  return put.length + removed.length > MOST_CHANGED * rowCount;
}

/** Stores a version as its changes over the base, or where these are too many as all its rows. */
async function putChanges(
  transaction: WriteTransaction,
  dataset: Dataset,
  base: DatasetVersion,
  number: number,
  all: ChunkChanges,
): Promise<Pick<DatasetVersion, 'base' | 'changes' | 'chunks'>> {
  const get = getIn(transaction);
  const touched = await byChunk(get, dataset, base, all);
  const chunks = [...base.chunks];
  const layers = layersOf(dataset, base);
  const root = layers.at(-1) ?? base;
  const deep = layers.length >= MOST_LAYERS;
  const inAll = layers.reduce((sum, { changes = 0 }) => sum + changes, all.put.length + all.removed.length);
  const whole = isMost(all, base) || (deep && inAll > MOST_CHANGED * root.rowCount);
  const merged = deep && !whole;
  let changes = 0;
  const read = async (version: DatasetVersion, chunk: number): Promise<CountedRow[]> =>
    chunk < version.chunks.length ? countedRows(await readChunk(get, dataset, version, chunk)) : [];
  for (let chunk = 0; chunk < Math.max(chunks.length, ...[...touched.keys()].map((key) => key + 1)); chunk++) {
    const own = touched.get(chunk);
    if (own === undefined && !whole && !merged) continue;
    const after = applyChanges(chunkFrom(await read(base, chunk)), own ?? { put: [], removed: [] });
    const firstRowId = after.rows[0]?.rowId ?? 0;
    // A chunk keeps its first id for those above it, though the row be gone.
    const known = chunks[chunk]?.firstRowId ?? firstRowId;
    chunks[chunk] = {
      firstRowId: after.rows.length > 0 ? Math.min(known, firstRowId) : known,
      rows: after.rows.length,
    };
    const place = { datasetId: dataset.id, version: number, chunk };
    if (whole) {
      await transaction.objectStore('rows').put({ ...place, ...after });
      continue;
    }
    const stored = merged ? diffChunk(await read(root, chunk), countedRows(after)) : own;
    if (stored === undefined || stored.put.length + stored.removed.length === 0) continue;
    changes += stored.put.length + stored.removed.length;
    const removed = Int32Array.from(stored.removed);
    await transaction.objectStore('rows').put({ ...place, ...chunkFrom(stored.put), removed });
  }
  return whole ? { chunks } : { base: (merged ? root : base).number, changes, chunks };
}

/** Changes by the chunk that each belongs to; rows behind the last one of the base fill its last chunk, then new ones. */
async function byChunk(
  get: GetChunk,
  dataset: Dataset,
  base: DatasetVersion,
  { put, removed }: ChunkChanges,
): Promise<Map<number, ChunkChanges>> {
  const touched = new Map<number, ChunkChanges>();
  const at = (chunk: number): ChunkChanges => {
    const own = touched.get(chunk) ?? { put: [], removed: [] };
    touched.set(chunk, own);
    return own;
  };
  for (const id of removed) at(chunkOf(base.chunks, id)).removed.push(id);
  const last = base.chunks.length - 1;
  const lastRowId =
    last < 0
      ? -1
      : ((await readChunk(get, dataset, base, last)).rows.at(-1)?.rowId ?? (base.chunks[last]?.firstRowId ?? 0) - 1);
  let [chunk, room] = [last, ROWS_PER_CHUNK - (base.chunks[last]?.rows ?? ROWS_PER_CHUNK)];
  for (const one of put) {
    const { rowId } = one.row;
    if (rowId <= lastRowId) at(chunkOf(base.chunks, rowId)).put.push(one);
    else {
      if (room <= 0) [chunk, room] = [chunk + 1, ROWS_PER_CHUNK];
      room -= 1;
      at(chunk).put.push(one);
    }
  }
  return touched;
}
