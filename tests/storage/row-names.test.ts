/** A database as version 0.1 left it: rows know their lines, and findings keep lines in the record. */
import '../helpers/storage';
import { expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset';
import { listRows } from '../../src/core/data/row-set';
import { openDatabase } from '../../src/storage/database';
import { getDataset, listFindingRows } from '../../src/storage/datasets';
import { type Migration, MIGRATIONS } from '../../src/storage/migrations';
import { getRows, getRowsAt } from '../../src/storage/rows';
import { type HoneDatabase, type RowChunk, ROWS_PER_CHUNK } from '../../src/storage/schema';
import { contents, sampleDataset, sampleRows } from '../helpers/storage';

const MANY = ROWS_PER_CHUNK + 7;
/** The second row shares its line with the first, and the fourth line of the file was left out. */
const lineOf = (i: number): number => (i < 2 ? 1 : i < 4 ? i : i + 1);

const finding = (id: string, count: number, lines: number[]) => ({
  ...{ id, severity: 'warning', title: id, detail: 'x', count, lines, hasRows: true },
  examples: [{ line: lines[0] ?? 0, excerpt: 'x', reason: '' }],
});

async function oldDatabase(name: string): Promise<HoneDatabase> {
  const old = await openDatabase({ name, migrations: MIGRATIONS.slice(0, 3) });
  const { nextRowId: _, versions, ...set } = sampleDataset('a', sampleRows(MANY));
  const [version] = versions;
  if (!version) throw new Error('no version');
  const { chunks: __, ...record } = version;
  const findings = [finding('odd', 3, [1, 4, MANY + 1]), finding('capped', 20_000, [2, 3]), finding('file', 7, [])];
  const [first, second] = [
    { ...record, findings },
    { ...record, number: 2, rowCount: 2, findings: [] },
  ];
  const empty = { ...record, number: 3, rowCount: 0, findings: [finding('not-json', 9, [8_000])] };
  const dataset: object = { ...set, versions: [first, second, empty], currentVersion: 2 };
  await old.put('datasets', dataset as Dataset);
  const put = async (version: number, chunk: number, count: number): Promise<void> => {
    const rows = Array.from({ length: count }, (_, i) => {
      const place = chunk * ROWS_PER_CHUNK + i;
      return { line: lineOf(place), text: `row ${place} of ${version}`, target: 'a' };
    });
    const stored: object = { datasetId: 'a', version, chunk, rows, tokenCounts: Int32Array.from(rows, (_, i) => i) };
    await old.put('rows', stored as RowChunk);
  };
  await put(1, 0, ROWS_PER_CHUNK);
  await put(1, 1, 7);
  await put(2, 0, 2);
  return old;
}

test('rows of version 0.1 have ids by their lines, the same in every version, and findings their rows', async () => {
  const name = 'rows of step 3';
  (await oldDatabase(name)).close();
  const database = await openDatabase({ name });
  const dataset = await getDataset(database, 'a');
  if (!dataset) throw new Error('gone');
  const rows = await getRows(database, dataset, 1);
  expect(rows).toHaveLength(MANY);
  // Line 1 twice: the second one has the next number, and those that follow have their own again where it is free.
  expect(rows.slice(0, 6).map(({ rowId, line }) => [rowId, line])).toEqual([
    ...[
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 5],
      [6, 6],
    ],
  ]);
  expect(rows.at(-1)).toEqual({ rowId: MANY, line: MANY, text: `row ${MANY - 1} of 1`, target: 'a' });
  expect((await getRows(database, dataset, 2)).map(({ rowId }) => rowId)).toEqual([1, 2]);
  expect(await getRowsAt(database, dataset, 1, [ROWS_PER_CHUNK + 2])).toMatchObject([{ tokens: 2 }]);
  expect(dataset.nextRowId).toBe(8_001);

  const [first, second, third] = dataset.versions;
  const words = { severity: 'warning', detail: 'x' } as const;
  expect(first?.findings).toEqual([
    { ...words, id: 'odd', title: 'odd', count: 3, rowCount: 2, examples: [{ line: 1, excerpt: 'x', reason: '' }] },
    {
      ...{ ...words, id: 'capped', title: 'capped', count: 20_000, rowCount: 2, capped: true },
      examples: [{ line: 2, excerpt: 'x', reason: '' }],
    },
    { ...words, id: 'file', title: 'file', count: 7, rowCount: 0, examples: [{ line: 0, excerpt: 'x', reason: '' }] },
  ]);
  expect([second?.chunks, third?.chunks]).toEqual([[{ firstRowId: 1, rows: 2 }], []]);
  const sets = await listFindingRows(database, 'a', 1);
  expect(sets.map(({ findingId, rowIds, lines }) => [findingId, [...listRows(rowIds)], [...listRows(lines)]])).toEqual([
    ['capped', [3, 4], [2, 3]],
    ['odd', [1, 2], [1, 4, MANY + 1]],
  ]);
});

test('an upgrade that is broken off leaves the old database, which opens the next time', async () => {
  const name = 'half named';
  const old = await oldDatabase(name);
  const before = await contents(old);
  old.close();
  const breaks: Migration = async (_, transaction) => {
    // The rows have their ids by now.
    expect((await transaction.objectStore('rows').getAll())[0]?.rows[0]).toHaveProperty('rowId');
    throw new Error('the page was closed');
  };
  await expect(openDatabase({ name, migrations: [...MIGRATIONS, breaks] })).rejects.toMatchObject({
    code: 'storage-failed',
  });
  const untouched = await openDatabase({ name, migrations: MIGRATIONS.slice(0, 3) });
  expect(await contents(untouched)).toEqual(before);
  untouched.close();
  const dataset = await getDataset(await openDatabase({ name }), 'a');
  expect(dataset?.versions[0]?.chunks).toHaveLength(2);
});
