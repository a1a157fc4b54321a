/**
 * Writing versions of a data set. A version that changes some rows stores these over its base; one that changes most
 * stores all its rows. Record, rows and the rows of its findings are one transaction: whole, or not at all.
 */
import type { Dataset, DatasetVersion, Row, RowSpan } from '../core/data/dataset';
import { renameDescriptions, respelled } from '../core/data/label-descriptions';
import type { RowSet } from '../core/data/row-set';
import type { Task } from '../core/data/mapping';
import { AppError } from '../core/errors';
import { write, type WriteTransaction } from './database';
import type { CountedRow } from './row-changes';
import { demandVersion, readChunk } from './rows';
import { type HoneDatabase, ROWS_PER_CHUNK } from './schema';
import { type AllRows, changesOver, getIn, putChanges } from './stored-changes';

/** The rows and lines of a finding of a version. */
export interface FindingSets {
  findingId: string;
  rowIds: RowSet;
  lines: RowSet;
}

/** What a person or a reading says of a version; the rest is told by its rows. */
export type VersionRecord = Omit<DatasetVersion, 'number' | 'base' | 'changes' | 'chunks' | 'rowCount'>;

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
  /** New names by old ones, where labels were renamed or merged. */
  renamed?: ReadonlyMap<string, string>;
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
    const nextRowId = Math.max(dataset.nextRowId, save.nextRowId);
    const known = carried({ ...dataset, task, nextRowId }, respelled(labelsOf(base), labelsOf(version)));
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
  { base: baseNumber, version, put = [], removed = [], added = [], findingRows, renamed }: ChangeSave,
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
    const renames = renamed ?? respelled(labelsOf(base), labelsOf(version));
    const known = carried({ ...dataset, nextRowId: dataset.nextRowId + added.length }, renames);
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
  save: Required<Pick<DatasetVersion, 'tokenTally' | 'findings'>> &
    Pick<DatasetVersion, 'coverage'> & {
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

/** A label that takes another's place takes its description along, see `renameDescriptions`. */
function carried(dataset: Dataset, renames: ReadonlyMap<string, string>): Dataset {
  const { labelDescriptions } = dataset;
  if (labelDescriptions === undefined) return dataset;
  return { ...dataset, labelDescriptions: renameDescriptions(labelDescriptions, renames) };
}

function labelsOf({ labels }: Pick<DatasetVersion, 'labels'>): string[] {
  return labels.map(({ label }) => label);
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
