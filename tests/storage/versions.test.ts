import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import type { Dataset, DatasetVersion, Row } from '../../src/core/data/dataset';
import { packRows } from '../../src/core/data/row-set';
import { createRandom } from '../../src/core/random';
import { tallyTokens } from '../../src/core/text/token-tally';
import { deleteDataset, describeLabels, getDataset, getFindingRows, saveDataset } from '../../src/storage/datasets';
import type { CountedRow } from '../../src/storage/row-changes';
import { demandVersion, getRows, getRowsAt, getRowsById, getTokenTally, rowChunks } from '../../src/storage/rows';
import { MOST_LAYERS } from '../../src/storage/stored-changes';
import { addTokenCounts, addVersion, saveVersion } from '../../src/storage/versions';
import { type HoneDatabase, ROWS_PER_CHUNK } from '../../src/storage/schema';
import { contents, fillDiskAtPut, freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';

const MANY = 2 * ROWS_PER_CHUNK + 7;
const ODD = { findingId: 'odd', rowIds: packRows([5, 9]), lines: packRows([1, 3]) };

async function harness(count = MANY, counted = true) {
  const database = await freshDatabase();
  const rows = sampleRows(count);
  const tokenCounts = counted ? Int32Array.from(rows, (_, i) => i % 50) : null;
  const dataset = await saveDataset(database, { dataset: sampleDataset('a', rows), rows, tokenCounts, file: null });
  return { database, rows, dataset, version: demandVersion(dataset, 1) };
}

const counted = (row: Row, tokens: number | null = 3): CountedRow => ({ row, tokens });
const relabelled = (row: Row | undefined): CountedRow => {
  if (!row) throw new Error('no such row');
  return counted({ ...row, target: 'other' });
};
const chunksOf = async (database: HoneDatabase, version: number): Promise<number> =>
  (await database.getAllKeys('rows', IDBKeyRange.bound(['a', version], ['a', version, []]))).length;
/** All ways to read a version agree, and its record with them. */
async function expectRows(database: HoneDatabase, dataset: Dataset, version: number, rows: Row[]) {
  const record = demandVersion(dataset, version);
  expect(await getRows(database, dataset, version)).toEqual(rows);
  expect(record.rowCount).toBe(rows.length);
  expect(record.chunks.reduce((sum, span) => sum + span.rows, 0)).toBe(rows.length);
  const places = [0, Math.floor(rows.length / 2), rows.length - 1];
  const read = (found: (CountedRow | undefined)[]) => found.map((one) => one?.row);
  const expected = places.map((place) => rows[place]);
  expect(read(await getRowsAt(database, dataset, version, places))).toEqual(expected);
  const ids = expected.map((row) => row?.rowId ?? -1);
  expect(read(await getRowsById(database, dataset, version, ids))).toEqual(expected);
}

describe('a version over another', () => {
  test('is the base with its changes, stores these alone, and leaves the base as it was', async () => {
    const { database, rows, version } = await harness();
    const [first, last] = [rows[0], rows[MANY - 1]];
    const { dataset, added } = await saveVersion(database, 'a', {
      base: 1,
      version: { ...version, note: 'Changed by hand' },
      put: [relabelled(last), relabelled(first)],
      removed: [rows[ROWS_PER_CHUNK]?.rowId ?? 0, rows[1]?.rowId ?? 0],
      added: [{ row: { line: 0, text: 'new', target: 'ham' }, tokens: 1 }],
    });
    expect(added).toEqual([2 * MANY + 4]);
    expect(dataset).toMatchObject({ currentVersion: 2, nextRowId: 2 * MANY + 5 });
    expect(demandVersion(dataset, 2)).toMatchObject({
      note: 'Changed by hand',
      base: 1,
      changes: 5,
      rowCount: MANY - 1,
    });
    const expected = rows
      .map((row) => (row === first || row === last ? { ...row, target: 'other' } : row))
      .filter((_, i) => i !== 1 && i !== ROWS_PER_CHUNK);
    expected.push({ rowId: added[0] ?? 0, line: 0, text: 'new', target: 'ham' });
    await expectRows(database, dataset, 2, expected);
    await expectRows(database, dataset, 1, rows);
    const stored = await database.getAll('rows', IDBKeyRange.bound(['a', 2], ['a', 2, []]));
    expect(stored.map((chunk) => [chunk.rows.length, chunk.removed?.length])).toEqual([
      [1, 1],
      [0, 1],
      [2, 0],
    ]);
    expect(await getDataset(database, 'a')).toEqual(dataset);
  });

  test('is read one chunk at a time, with the tokens of what was changed', async () => {
    const { database, rows, version } = await harness();
    const { dataset } = await saveVersion(database, 'a', { base: 1, version, put: [relabelled(rows[7])] });
    const sizes: number[] = [];
    for await (const { rows, tokenCounts } of rowChunks(database, dataset, 2)) {
      sizes.push(rows.length);
      expect(tokenCounts).toHaveLength(rows.length);
      if (sizes.length === 1) expect([...(tokenCounts ?? [])].slice(6, 9)).toEqual([6, 3, 8]);
    }
    expect(sizes).toEqual([ROWS_PER_CHUNK, ROWS_PER_CHUNK, 7]);
  });

  test('a row that is removed and comes back stands where it was', async () => {
    const { database, rows, version } = await harness(9);
    const [row] = rows.slice(4);
    await saveVersion(database, 'a', { base: 1, version, removed: [row?.rowId ?? 0] });
    const back = { base: 2, version, put: row ? [counted(row, 4)] : [] };
    const { dataset } = await saveVersion(database, 'a', back);
    expect(await getRows(database, dataset, 2)).toEqual(rows.filter((one) => one !== row));
    await expectRows(database, dataset, 3, rows);
  });

  test('ids are never given twice, also where the row that had one is gone', async () => {
    const { database, version } = await harness(9);
    const row = { line: 0, text: 'new', target: 'ham' };
    const one = await saveVersion(database, 'a', { base: 1, version, added: [{ row, tokens: 1 }] });
    await saveVersion(database, 'a', { base: 2, version, removed: one.added });
    const two = await saveVersion(database, 'a', {
      base: 1,
      version,
      added: [
        { row, tokens: 1 },
        { row, tokens: 1 },
      ],
    });
    expect([...one.added, ...two.added]).toEqual([22, 23, 24]);
  });

  test('many added rows fill the last chunk and then new ones', async () => {
    const { database, rows, version } = await harness();
    const added = Array.from({ length: 5_000 }, (_, i) => ({
      row: { line: 0, text: `new ${i}`, target: 'ham' },
      tokens: 1,
    }));
    const { dataset, added: ids } = await saveVersion(database, 'a', { base: 1, version, added });
    const all = [...rows, ...added.map(({ row }, i) => ({ rowId: ids[i] ?? 0, ...row }))];
    expect(demandVersion(dataset, 2).chunks.map((span) => span.rows)).toEqual([5_000, 5_000, 5_000, 7]);
    await expectRows(database, dataset, 2, all);
    // A version over it removes one from the chunk that the whole one does not have.
    const over = await saveVersion(database, 'a', { base: 2, version, removed: ids.slice(-1) });
    await expectRows(database, over.dataset, 3, all.slice(0, -1));
  });

  test('one that changes most rows stores all of its own', async () => {
    const { database, rows, version } = await harness(10);
    const put = rows.slice(0, 6).map(relabelled);
    const { dataset } = await saveVersion(database, 'a', { base: 1, version, put });
    expect(demandVersion(dataset, 2).base).toBeUndefined();
    await database.delete('rows', ['a', 1, 0]);
    await expectRows(database, dataset, 2, [...put.map(({ row }) => row), ...rows.slice(6)]);
  });

  test('a row that is not there cannot be removed, and nothing is stored', async () => {
    const { database, version } = await harness(9);
    const before = await contents(database);
    await expect(saveVersion(database, 'a', { base: 1, version, removed: [6] })).rejects.toMatchObject({
      code: 'internal',
    });
    await expect(saveVersion(database, 'a', { base: 7, version })).rejects.toMatchObject({ code: 'not-found' });
    await expect(saveVersion(database, 'gone', { base: 1, version })).rejects.toMatchObject({ code: 'not-found' });
    expect(await contents(database)).toEqual(before);
  });

  test('broken off at any write, nothing of it is there', async () => {
    const { database, rows, version } = await harness();
    const before = await contents(database);
    const put = [rows[0], rows[MANY - 1]].map(relabelled);
    for (let nth = 1; nth <= 4; nth++) {
      const repair = fillDiskAtPut(nth);
      const save = saveVersion(database, 'a', { base: 1, version, put, findingRows: [ODD] });
      await expect(save).rejects.toMatchObject({ code: 'storage-full' });
      repair();
      expect(await contents(database)).toEqual(before);
    }
    await saveVersion(database, 'a', { base: 1, version, put, findingRows: [ODD] });
    expect(await getFindingRows(database, { datasetId: 'a', version: 2, findingId: 'odd' })).toMatchObject(ODD);
  });

  test('deleting the set takes all of its versions', async () => {
    const { database, rows, version } = await harness();
    await saveVersion(database, 'a', { base: 1, version, put: [relabelled(rows[0])], findingRows: [ODD] });
    await deleteDataset(database, 'a');
    for (const all of Object.values(await contents(database))) expect(all).toEqual([]);
  });
});

describe('a long chain of versions', () => {
  test('reads as if every version had stored its rows, and no row is put together from more than a few', async () => {
    const { database, rows, version } = await harness(ROWS_PER_CHUNK + 40);
    const random = createRandom(3);
    let expected = rows;
    let latest = await getDataset(database, 'a');
    for (let number = 2; number <= 2 * MOST_LAYERS + 3; number++) {
      const at = () => Math.floor(random() * expected.length);
      const [changed, gone] = [expected[at()], expected[at()]];
      if (!changed || !gone || changed === gone) throw new Error('drawn twice: choose another seed');
      const next: Row = { ...changed, text: `of version ${number}` };
      const row = { line: 0, text: `added in ${number}`, target: 'ham' };
      const saved = await saveVersion(database, 'a', {
        base: number - 1,
        version,
        put: [counted(next)],
        removed: [gone.rowId],
        added: [{ row, tokens: 3 }],
      });
      latest = saved.dataset;
      expected = expected.map((one) => (one === changed ? next : one)).filter((one) => one !== gone);
      expected = [...expected, { rowId: saved.added[0] ?? 0, ...row }];
      await expectRows(database, saved.dataset, number, expected);
    }
    const depth = (number: number): number => {
      const { base } = latest ? demandVersion(latest, number) : { base: undefined };
      return base === undefined ? 1 : 1 + depth(base);
    };
    const depths = latest?.versions.map(({ number }) => depth(number)) ?? [];
    expect(Math.max(...depths)).toBe(MOST_LAYERS);
    expect(depths.at(-1)).toBeLessThan(MOST_LAYERS);
    if (latest) expect(await getTokenTally(database, latest, 2 * MOST_LAYERS + 3)).not.toBeNull();
  });
});

describe('a file that is read again', () => {
  test('stores the rows that are read differently, under their ids, those that are rows now in their place', async () => {
    const { database, rows, version } = await harness();
    const late: Row = { rowId: 2 * 8 + 6, line: 9, text: 'now a row', target: 'ham' };
    const read = rows.filter((_, i) => i !== 3).map((row, i) => (i === 0 ? { ...row, target: 'other' } : row));
    read.splice(8, 0, late);
    const tokenCounts = Int32Array.from(read, (_, i) => i % 7);
    const save = { task: 'classification' as const, version, rows: read, tokenCounts, nextRowId: 2 * MANY + 90 };
    const dataset = await addVersion(database, 'a', save);
    expect(demandVersion(dataset, 2)).toMatchObject({ base: 1, changes: 3 });
    expect(dataset.nextRowId).toBe(2 * MANY + 90);
    expect(await chunksOf(database, 2)).toBe(1);
    await expectRows(database, dataset, 2, read);
  });

  test('stores all rows where most are others, or where they are counted and those of the base are not', async () => {
    const other = await harness(20);
    const read = other.rows.map((row) => ({ ...row, text: `${row.text}!` }));
    const common = { task: 'classification' as const, nextRowId: 45 };
    const all = await addVersion(other.database, 'a', {
      ...common,
      version: other.version,
      rows: read,
      tokenCounts: null,
    });
    expect(demandVersion(all, 2).base).toBeUndefined();
    await expectRows(other.database, all, 2, read);
    const same = await harness(20, false);
    const tokenCounts = new Int32Array(20);
    const whole = await addVersion(same.database, 'a', {
      ...common,
      version: same.version,
      rows: same.rows,
      tokenCounts,
    });
    expect(demandVersion(whole, 2).base).toBeUndefined();
    expect(await getTokenTally(same.database, whole, 2)).toEqual(tallyTokens(tokenCounts));
  });
});

test('token counts that come later make a version over another a whole one; what stands over it reads as before', async () => {
  const { database, rows, version } = await harness(MANY, false);
  const added = [{ row: { line: 0, text: 'new', target: 'ham' }, tokens: null }];
  await saveVersion(database, 'a', { base: 1, version, removed: [rows[2]?.rowId ?? 0], added });
  const { dataset: before } = await saveVersion(database, 'a', { base: 2, version, put: [relabelled(rows[0])] });
  const [second, third] = [await getRows(database, before, 2), await getRows(database, before, 3)];
  expect(await getTokenTally(database, before, 2)).toBeNull();
  const tokenCounts = Int32Array.from({ length: MANY }, (_, i) => i % 9);
  const found = { tokenCounts, tokenTally: tallyTokens(tokenCounts), findings: [] };
  const after = await addTokenCounts(database, 'a', 2, found);
  expect(demandVersion(after, 2)).toMatchObject({ tokenTally: found.tokenTally });
  expect(demandVersion(after, 2).base).toBeUndefined();
  await expectRows(database, after, 2, second);
  await expectRows(database, after, 3, third);
  const [counted] = await getRowsAt(database, after, 2, [MANY - 1]);
  expect(counted?.tokens).toBe((MANY - 1) % 9);
});

describe('what labels mean', () => {
  const described = { ham: 'what one wants', spam: 'advertising', gone: 'of a version before' };
  const labelled = (version: DatasetVersion, ...labels: string[]): DatasetVersion => ({
    ...version,
    labels: labels.map((label) => ({ label, count: 1 })),
  });

  test('is kept over versions, also of labels that this one does not have', async () => {
    const { database, rows, version } = await harness(4);
    await describeLabels(database, 'a', described);
    const { dataset } = await saveVersion(database, 'a', { base: 1, version: labelled(version, 'ham') });
    expect(dataset.labelDescriptions).toEqual(described);
    const next = { task: 'classification', rows, tokenCounts: null, nextRowId: 100 } as const;
    expect((await addVersion(database, 'a', { ...next, version })).labelDescriptions).toEqual(described);
  });

  test('goes along with a label that is renamed, and with one that is read in another spelling', async () => {
    const { database, rows, version } = await harness(4);
    await describeLabels(database, 'a', described);
    const renamed = new Map([['spam', 'junk']]);
    const change = { base: 1, version: labelled(version, 'ham', 'junk'), renamed };
    const { dataset } = await saveVersion(database, 'a', change);
    expect(dataset.labelDescriptions).toEqual({ ham: 'what one wants', junk: 'advertising', gone: described.gone });
    const next = { task: 'classification', rows, tokenCounts: null, nextRowId: 100 } as const;
    const anew = await addVersion(database, 'a', { ...next, version: labelled(version, 'Ham', 'junk') });
    expect(anew.labelDescriptions).toEqual({ Ham: 'what one wants', junk: 'advertising', gone: described.gone });
  });

  test('a set without any gets none', async () => {
    const { database, version } = await harness(4);
    const { dataset } = await saveVersion(database, 'a', { base: 1, version: labelled(version, 'Ham') });
    expect(dataset).not.toHaveProperty('labelDescriptions');
  });
});
