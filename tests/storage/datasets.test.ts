import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import { packRows } from '../../src/core/data/row-set';
import {
  deleteDataset,
  describeLabels,
  getDataset,
  getFile,
  getFindingRows,
  listDatasets,
  listFindingRows,
  renameDataset,
  saveDataset,
} from '../../src/storage/datasets';
import { getRows, getRowsAt, getRowsById, getTokenTally, placeOf } from '../../src/storage/rows';
import { addTokenCounts, addVersion } from '../../src/storage/versions';
import { tallyTokens } from '../../src/core/text/token-tally';
import { ROWS_PER_CHUNK } from '../../src/storage/schema';
import { contents, fillDiskAtPut, freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';

const MANY = 2 * ROWS_PER_CHUNK + 7;
const ODD = { findingId: 'odd', rowIds: packRows([5, 9]), lines: packRows([1, 3, 4]) };

describe('data sets', () => {
  test('rows and token counts come back in file order over several chunks', async () => {
    const database = await freshDatabase();
    const rows = sampleRows(MANY);
    const dataset = sampleDataset('a', rows);
    const tokenCounts = Int32Array.from(rows, (_, i) => i % 50);
    await saveDataset(database, { dataset, rows, tokenCounts, file: null });
    expect(await database.count('rows')).toBe(3);
    expect(await getRows(database, dataset, 1)).toEqual(rows);
    expect(await getTokenTally(database, dataset, 1)).toEqual(tallyTokens(tokenCounts));
    const places = [0, ROWS_PER_CHUNK - 1, ROWS_PER_CHUNK, MANY - 1];
    const expected = places.map((place) => ({ row: rows[place], tokens: place % 50 }));
    expect(await getRowsAt(database, dataset, 1, places)).toEqual(expected);
    expect(await getRowsAt(database, dataset, 1, [MANY, -1])).toEqual([undefined, undefined]);
    // In any order, and 3 is no id: `sampleRows` gives 5, 7, 9 …
    const ids = [...places.map((place) => 2 * place + 5).reverse(), 3, 6];
    expect(await getRowsById(database, dataset, 1, ids)).toEqual([...expected.toReversed(), undefined, undefined]);
    const placesOf = [3, 5, 6, 2 * ROWS_PER_CHUNK + 5, 2 * MANY + 5].map((id) => placeOf(database, dataset, 1, id));
    expect(await Promise.all(placesOf)).toEqual([0, 0, 1, ROWS_PER_CHUNK, MANY]);
  });

  test('a disk that fills up at any put of a save leaves nothing of it', async () => {
    const rows = sampleRows(MANY);
    for (let nth = 1; nth <= 6; nth++) {
      const database = await freshDatabase();
      const before = await contents(database);
      const repair = fillDiskAtPut(nth);
      const file = { fileName: 'x.jsonl', bytes: new Uint8Array(10) };
      const dataset = sampleDataset('a', rows);
      const save = saveDataset(database, { dataset, rows, tokenCounts: null, findingRows: [ODD], file });
      await expect(save).rejects.toMatchObject({ code: 'storage-full' });
      repair();
      expect(await contents(database)).toEqual(before);
    }
  });

  test('a new version leaves the rows of the old one alone', async () => {
    const database = await freshDatabase();
    const [first, second] = [sampleRows(3), sampleRows(2)];
    const dataset = sampleDataset('a', first);
    await saveDataset(database, { dataset, rows: first, tokenCounts: null, file: null });
    const [version] = dataset.versions;
    if (!version) throw new Error('no version');
    const versions = [version, { ...version, number: 2, rowCount: 2 }];
    const changed = { ...dataset, currentVersion: 2, versions };
    const saved = await saveDataset(database, { dataset: changed, rows: second, tokenCounts: null, file: null });
    expect(await getRows(database, saved, 1)).toEqual(first);
    expect(await getRows(database, saved, 2)).toEqual(second);
    expect(await getTokenTally(database, saved, 2)).toBeNull();
  });

  test('a version that is added takes the next number of what is there now, whoever wrote it', async () => {
    const database = await freshDatabase();
    const dataset = sampleDataset('a', []);
    const [version] = dataset.versions;
    if (!version) throw new Error('no version');
    const rows = sampleRows(2);
    await saveDataset(database, { dataset, rows: [], tokenCounts: null, file: null });
    const save = { task: dataset.task, version, rows, tokenCounts: null, nextRowId: 9 };
    const both = [addVersion(database, 'a', save), addVersion(database, 'a', save)];
    expect((await Promise.all(both)).map(({ currentVersion }) => currentVersion)).toEqual([2, 3]);
    const [kept] = await listDatasets(database);
    expect(kept?.versions.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(kept && (await getRows(database, kept, 3))).toEqual(rows);
    await expect(addVersion(database, 'gone', save)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('token counts that come later stand beside the rows and in the record, or nowhere', async () => {
    const rows = sampleRows(MANY);
    const tokenCounts = Int32Array.from(rows, (_, i) => i % 50);
    const found = { tokenCounts, tokenTally: tallyTokens(tokenCounts), findings: [] };
    for (let nth = 1; nth <= 4; nth++) {
      const database = await freshDatabase();
      await saveDataset(database, { dataset: sampleDataset('a', rows), rows, tokenCounts: null, file: null });
      const before = await contents(database);
      const repair = fillDiskAtPut(nth);
      await expect(addTokenCounts(database, 'a', 1, found)).rejects.toMatchObject({ code: 'storage-full' });
      repair();
      expect(await contents(database)).toEqual(before);
      const changed = await addTokenCounts(database, 'a', 1, found);
      expect(await listDatasets(database)).toEqual([changed]);
      expect(await getTokenTally(database, changed, 1)).toEqual(found.tokenTally);
      expect(await getRowsAt(database, changed, 1, [MANY - 1])).toEqual([
        { row: rows[MANY - 1], tokens: tokenCounts[MANY - 1] },
      ]);
      await expect(addTokenCounts(database, 'a', 2, found)).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  test('rows of findings that are found with the counts come, and those of findings that are gone go', async () => {
    const database = await freshDatabase();
    const rows = sampleRows(4);
    const [stays, goes] = ['stays', 'goes'].map((findingId) => ({ ...ODD, findingId }));
    const finding = {
      id: 'stays',
      severity: 'warning',
      title: '',
      detail: '',
      count: 2,
      rowCount: 2,
      examples: [],
    } as const;
    const dataset = sampleDataset('a', rows);
    const findingRows = [stays, goes].filter((one) => one !== undefined);
    await saveDataset(database, { dataset, rows, tokenCounts: null, findingRows, file: null });
    const tokenCounts = Int32Array.of(1, 2, 3, 4);
    const findings = [finding, { ...finding, id: 'odd' }].map((one) => ({ ...one, examples: [] }));
    const found = { tokenCounts, tokenTally: tallyTokens(tokenCounts), findings, findingRows: [ODD] };
    await addTokenCounts(database, 'a', 1, found);
    expect((await listFindingRows(database, 'a', 1)).map(({ findingId }) => findingId)).toEqual(['odd', 'stays']);
  });

  test('a version with a chunk missing is refused, not read short', async () => {
    const database = await freshDatabase();
    const rows = sampleRows(MANY);
    const dataset = sampleDataset('a', rows);
    await saveDataset(database, { dataset, rows, tokenCounts: null, file: null });
    await database.delete('rows', ['a', 1, 1]);
    await expect(getRows(database, dataset, 1)).rejects.toMatchObject({ code: 'not-found' });
    await expect(getRows(database, dataset, 7)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('deleting takes rows and file of this set along, and of no other', async () => {
    const database = await freshDatabase();
    const rows = sampleRows(3);
    // «a» and «a b» share a beginning: a key range that is too wide would take both.
    for (const id of ['a', 'a b']) {
      const file = { fileName: id, bytes: Uint8Array.of(1, 2) };
      await saveDataset(database, {
        dataset: sampleDataset(id, rows),
        rows,
        tokenCounts: null,
        findingRows: [ODD],
        file,
      });
    }
    await deleteDataset(database, 'a');
    expect((await listDatasets(database)).map(({ id }) => id)).toEqual(['a b']);
    expect(await database.count('rows')).toBe(1);
    const place = { version: 1, findingId: 'odd' };
    expect(await getFindingRows(database, { ...place, datasetId: 'a' })).toBeNull();
    expect(await getFindingRows(database, { ...place, datasetId: 'a b' })).toMatchObject(ODD);
    expect(await getFile(database, 'a')).toBeNull();
    expect((await getFile(database, 'a b'))?.bytes).toEqual(Uint8Array.of(1, 2));
  });

  test('a data set is renamed in place, and one that is gone cannot be', async () => {
    const database = await freshDatabase();
    await saveDataset(database, { dataset: sampleDataset('a', []), rows: [], tokenCounts: null, file: null });
    expect((await renameDataset(database, 'a', '<b>new</b>')).name).toBe('<b>new</b>');
    await expect(renameDataset(database, 'gone', 'x')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('what a label means is kept beside what others wrote of other labels meanwhile', async () => {
    const database = await freshDatabase();
    await saveDataset(database, { dataset: sampleDataset('a', []), rows: [], tokenCounts: null, file: null });
    await Promise.all([
      describeLabels(database, 'a', { ham: ' what one  wants ' }),
      describeLabels(database, 'a', { spam: 'advertising' }),
    ]);
    const both = { ham: 'what one wants', spam: 'advertising' };
    expect(await getDataset(database, 'a')).toMatchObject({ name: 'set a', labelDescriptions: both });
    expect((await describeLabels(database, 'a', { spam: '' })).labelDescriptions).toEqual({ ham: 'what one wants' });
    await expect(describeLabels(database, 'gone', { ham: 'x' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('on a full disk what a label meant stays', async () => {
    const database = await freshDatabase();
    await saveDataset(database, { dataset: sampleDataset('a', []), rows: [], tokenCounts: null, file: null });
    await describeLabels(database, 'a', { ham: 'first' });
    const restore = fillDiskAtPut(1);
    await expect(describeLabels(database, 'a', { ham: 'second' })).rejects.toMatchObject({ code: 'storage-full' });
    restore();
    expect((await getDataset(database, 'a'))?.labelDescriptions).toEqual({ ham: 'first' });
  });

  test('the newest is listed first', async () => {
    const database = await freshDatabase();
    for (const [id, createdAt] of [
      ['old', 1],
      ['new', 3],
      ['middle', 2],
    ] as const) {
      await database.put('datasets', { ...sampleDataset(id, []), createdAt });
    }
    expect((await listDatasets(database)).map(({ id }) => id)).toEqual(['new', 'middle', 'old']);
  });
});
