/**
 * How a version over another is stored: which rows it changes, and whether these or all of its rows are written. Works
 * in the transaction that writes the version.
 */
import type { Dataset, DatasetVersion, Row } from '../core/data/dataset';
import type { WriteTransaction } from './database';
import {
  applyChanges,
  type ChunkChanges,
  chunkFrom,
  chunkOf,
  type CountedRow,
  countedRows,
  diffChunk,
} from './row-changes';
import { type GetChunk, layersOf, readChunk } from './rows';
import { ROWS_PER_CHUNK } from './schema';

/**
 * A version that changes more than this share of its base's rows stores all of its own: it would take about as much
 * room as changes, and every reading would read both.
 */
const MOST_CHANGED = 0.5;
/** Versions that a row is put together from at most; the next one stores its changes over the whole one beneath. */
export const MOST_LAYERS = 8;

/** Rows of a version in memory. */
export interface AllRows {
  /** In the order of their ids. */
  rows: Row[];
  /** One entry per row. */
  tokenCounts: Int32Array | null;
  /** Told after every chunk, with the rows that are on their way to the disk. */
  onRows?(rows: number): void;
}

/** Reads chunks in a transaction. */
export function getIn(transaction: WriteTransaction): GetChunk {
  return (key) => transaction.objectStore('rows').get(key);
}

/**
 * What the rows change over a base; null where all of them are to be stored: there are none in the base, they are mostly
 * others than there, or they are counted where those of the base are not.
 */
export async function changesOver(
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
export async function putChanges(
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
