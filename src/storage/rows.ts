/**
 * Reading the rows of a version. A version stores all its rows, or what it changes over its base; what is read is put
 * together chunk by chunk, so that no more than one chunk of each version in the chain is held.
 */
import type { Dataset, DatasetVersion, Row } from '../core/data/dataset';
import { firstFrom } from '../core/data/row-set';
import { AppError } from '../core/errors';
import { DEFAULT_MODEL_ID } from '../core/models/registry';
import { type TokenTally, TokenTallier } from '../core/text/token-tally';
import { applyChanges, type Chunk, chunkFrom, chunkOf, type CountedRow, countedRows } from './row-changes';
import type { HoneDatabase, RowChunk } from './schema';

/** Asks the store of rows, in a transaction or without. */
export type GetChunk = (key: [datasetId: string, version: number, chunk: number]) => Promise<RowChunk | undefined>;

/** Rows of a version in their order; throws `not-found` when a chunk of it is missing. */
export async function getRows(database: HoneDatabase, dataset: Dataset, version: number): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const chunk of rowChunks(database, dataset, version)) for (const row of chunk.rows) rows.push(row);
  return rows;
}

/** The rows of a version chunk by chunk: who reads them holds one at a time. Throws `not-found` where one is missing. */
export async function* rowChunks(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
): AsyncGenerator<Chunk, void> {
  const record = demandVersion(dataset, version);
  for (const chunk of record.chunks.keys()) yield await readChunk(getFrom(database), dataset, record, chunk);
}

/** Rows of a version by their places in it; undefined where there is no such place. */
export async function getRowsAt(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
  places: ArrayLike<number>,
): Promise<(CountedRow | undefined)[]> {
  const { chunks } = demandVersion(dataset, version);
  const ends: number[] = [];
  for (const { rows } of chunks) ends.push((ends.at(-1) ?? 0) + rows);
  // The first chunk that ends after the place.
  const chunkAt = Array.from(places, (place) => firstFrom(ends, place + 1));
  return pick(database, dataset, version, chunkAt, (i, _, chunk) => (places[i] ?? -1) - (ends[chunk - 1] ?? 0));
}

/** Rows of a version by their ids; undefined where it has none of that id. */
export async function getRowsById(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
  rowIds: ArrayLike<number>,
): Promise<(CountedRow | undefined)[]> {
  const { chunks } = demandVersion(dataset, version);
  const chunkAt = Array.from(rowIds, (id) => chunkOf(chunks, id));
  return pick(database, dataset, version, chunkAt, (i, rows) => {
    const id = rowIds[i] ?? -1;
    const at = indexIn(rows, id);
    return rows[at]?.rowId === id ? at : -1;
  });
}

/** Place in a version of the row of this id, or of the next one; the number of its rows where there is none. */
export async function placeOf(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
  rowId: number,
): Promise<number> {
  const record = demandVersion(dataset, version);
  if (record.chunks.length === 0) return 0;
  const chunk = chunkOf(record.chunks, rowId);
  const before = record.chunks.slice(0, chunk).reduce((sum, { rows }) => sum + rows, 0);
  return before + indexIn((await readChunk(getFrom(database), dataset, record, chunk)).rows, rowId);
}

/**
 * How many rows of a version have each length in tokens of a model, before any cut; null where they were not counted. Where
 * only the first model's were, they stand for another's, which for its own languages are about as many.
 */
export async function getTokenTally(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
  modelId: string = DEFAULT_MODEL_ID,
): Promise<TokenTally | null> {
  const record = dataset.versions.find(({ number }) => number === version);
  const other = modelId === DEFAULT_MODEL_ID ? undefined : record?.otherTallies?.[modelId];
  if (other !== undefined) return other;
  if (record?.tokenTally !== undefined) return record.tokenTally;
  const tally = new TokenTallier();
  for await (const { tokenCounts } of rowChunks(database, dataset, version)) {
    if (tokenCounts === null) return null;
    tally.add(tokenCounts);
  }
  return tally.tally();
}

/** One chunk of a version; throws `not-found` where it is not what its record says. */
export async function readChunk(
  get: GetChunk,
  dataset: Dataset,
  version: DatasetVersion,
  chunk: number,
): Promise<Chunk> {
  const layers = layersOf(dataset, version);
  const stored = await Promise.all(layers.map(({ number }) => get([dataset.id, number, chunk])));
  // What stands behind the end of the whole version beneath was added by one above it.
  let composed: Chunk = stored.at(-1) ?? chunkFrom([]);
  for (const changes of stored.slice(0, -1).reverse()) {
    if (changes === undefined) continue;
    const removed = Array.from(changes.removed ?? []);
    composed = applyChanges(composed, { put: countedRows(changes), removed });
  }
  const expected = version.chunks[chunk]?.rows ?? 0;
  if (composed.rows.length !== expected) {
    throw new AppError(
      'not-found',
      `«${dataset.name}», version ${version.number}: some of its rows are not in this browser any more. Open the file again.`,
    );
  }
  return composed;
}

/** A version, its base, the base of that one …, down to the one that stores all rows. */
export function layersOf(dataset: Dataset, version: DatasetVersion): DatasetVersion[] {
  const layers = [version];
  for (let top = version; top.base !== undefined; layers.push(top)) top = demandVersion(dataset, top.base);
  return layers;
}

export function demandVersion(dataset: Dataset, version: number): DatasetVersion {
  const found = dataset.versions.find(({ number }) => number === version);
  if (found) return found;
  throw new AppError('not-found', `«${dataset.name}» has no version ${version}.`, { details: { id: dataset.id } });
}

/** Index of the first row whose id is not below `rowId`. */
function indexIn(rows: readonly Row[], rowId: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.rowId ?? 0) < rowId) low = middle + 1;
    else high = middle;
  }
  return low;
}

function getFrom(database: HoneDatabase): GetChunk {
  return (key) => database.get('rows', key);
}

/** Row by row from the chunks that they stand in, each of which is read once. */
async function pick(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
  chunkAt: readonly number[],
  placeIn: (i: number, rows: readonly Row[], chunk: number) => number,
): Promise<(CountedRow | undefined)[]> {
  const record = demandVersion(dataset, version);
  const found = new Array<CountedRow | undefined>(chunkAt.length).fill(undefined);
  const wanted = new Map<number, number[]>();
  for (const [i, chunk] of chunkAt.entries()) {
    const own = wanted.get(chunk);
    if (own) own.push(i);
    else wanted.set(chunk, [i]);
  }
  for (const [chunk, own] of wanted) {
    if (record.chunks[chunk] === undefined) continue;
    const { rows, tokenCounts } = await readChunk(getFrom(database), dataset, record, chunk);
    for (const i of own) {
      const place = placeIn(i, rows, chunk);
      const row = rows[place];
      if (row) found[i] = { row, tokens: tokenCounts?.[place] ?? null };
    }
  }
  return found;
}
