/** A database of its own for each test, and ways to make a save fail where a disk would. */
import 'fake-indexeddb/auto';
import { openDatabase } from '../../src/storage/database';
import { type HoneDatabase, ROWS_PER_CHUNK } from '../../src/storage/schema';
import type { Dataset, DatasetVersion, Row, RowSpan } from '../../src/core/data/dataset';
import { countLabels } from '../../src/core/data/task';

export { sampleRun } from './run';

let opened = 0;

export function freshDatabase(): Promise<HoneDatabase> {
  return openDatabase({ name: `test ${++opened}` });
}

/**
 * Makes the `nth` put from now on fail as a full disk does: the request is taken, then its transaction aborts with a
 * QuotaExceededError. With `store`, only puts into that one are counted. Returns the way back.
 */
export function fillDiskAtPut(nth: number, store?: string): () => void {
  const original = IDBObjectStore.prototype.put;
  let count = 0;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
    const request = key === undefined ? original.call(this, value) : original.call(this, value, key);
    if ((store === undefined || store === this.name) && ++count === nth) {
      const { transaction } = this;
      const error = new DOMException('no space left', 'QuotaExceededError');
      request.addEventListener('success', () => {
        Object.defineProperty(transaction, 'error', { value: error, configurable: true });
        transaction.abort();
      });
    }
    return request;
  };
  return () => {
    IDBObjectStore.prototype.put = original;
  };
}

/** Collects the names of all stores that a transaction is opened on from now on, in any database. */
export function watchStores(): () => string[] {
  const touched: string[] = [];
  const original = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given: Parameters<typeof original>) {
    touched.push(...(typeof given[0] === 'string' ? [given[0]] : given[0]));
    return original.apply(this, given);
  };
  return () => {
    IDBDatabase.prototype.transaction = original;
    return touched;
  };
}

/** Everything in the database, by store: to see that nothing changed. */
export async function contents(database: HoneDatabase): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const store of database.objectStoreNames) all[store] = await database.getAll(store);
  return all;
}

/** Rows whose ids are neither their lines nor their places. */
export function sampleRows(count: number, labels: readonly string[] = ['ham', 'spam']): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    rowId: 2 * i + 5,
    line: i + 1,
    text: `text number ${i}`,
    target: labels[i % labels.length] ?? '',
  }));
}

function spansOf(rows: readonly Row[]): RowSpan[] {
  const chunks = Math.ceil(rows.length / ROWS_PER_CHUNK);
  return Array.from({ length: chunks }, (_, chunk) => {
    const own = rows.slice(chunk * ROWS_PER_CHUNK, (chunk + 1) * ROWS_PER_CHUNK);
    return { firstRowId: own[0]?.rowId ?? 0, rows: own.length };
  });
}

export function sampleDataset(id: string, rows: Row[], change: Partial<DatasetVersion> = {}): Dataset {
  return {
    id,
    name: `set ${id}`,
    task: 'classification',
    createdAt: 1,
    currentVersion: 1,
    sample: false,
    nextRowId: (rows.at(-1)?.rowId ?? -1) + 1,
    versions: [
      {
        number: 1,
        createdAt: 1,
        note: 'Opened x.jsonl',
        fileName: 'x.jsonl',
        fileBytes: 10,
        format: 'text-label',
        mapping: { container: 'jsonl', format: 'text-label', textFields: ['text'], targetField: 'label', unused: [] },
        rowCount: rows.length,
        chunks: spansOf(rows),
        leftOut: 0,
        sha256: `sha of ${id}`,
        labels: countLabels(rows),
        findings: [],
        ...change,
      },
    ],
  };
}
