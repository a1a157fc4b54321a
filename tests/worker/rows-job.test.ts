import '../helpers/storage';
import { expect, test } from 'vitest';
import { EVERY_ROW, type RowFilter, type RowOrder } from '../../src/core/data/row-filter';
import { packRows } from '../../src/core/data/row-set';
import { tallyTokens } from '../../src/core/text/token-tally';
import { saveDataset } from '../../src/storage/datasets';
import { ROWS_PER_CHUNK } from '../../src/storage/schema';
import { addTokenCounts, saveVersion } from '../../src/storage/versions';
import { RowsJob, type RowsQuestion } from '../../src/worker/rows-job';
import type { RowsEvent } from '../../src/worker/rows-protocol';
import { freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';

const ofA = { requestId: 'q', datasetId: 'a', version: 1 };
const finding = (id: string, count: number) => ({
  ...{ id, severity: 'warning' as const, title: id, detail: '', count, rowCount: count, examples: [] },
});

async function harness(count = ROWS_PER_CHUNK + 7, odd: number[] = [0, count - 1]) {
  const database = await freshDatabase();
  const rows = sampleRows(count).map((row, i) => ({
    ...row,
    text: `${row.text} ${'x'.repeat(i % 9)}`,
    ...(i % 3 === 0 && { part: 'test' as const }),
  }));
  const tokenCounts = Int32Array.from(rows, (_, i) => i % 50);
  const dataset = sampleDataset('a', rows, {
    findings: [finding('odd', odd.length)],
    tokenTally: tallyTokens(tokenCounts),
  });
  const idOf = (place: number) => rows[place]?.rowId ?? -1;
  const lines = packRows(odd.map((place) => rows[place]?.line ?? -1));
  const findingRows = [{ findingId: 'odd', rowIds: packRows(odd.map(idOf)), lines }];
  await saveDataset(database, { dataset, rows, tokenCounts, findingRows, file: null });
  const job = new RowsJob(database);
  const ask = (question: RowsQuestion, signal = new AbortController().signal): Promise<RowsEvent> =>
    job.answer(question, signal);
  const view = (filter: Partial<RowFilter>, order: RowOrder) => ({ filter: { ...EVERY_ROW, ...filter }, order });
  const count_ = async (filter: Partial<RowFilter>, order: RowOrder = 'file', near: number | null = null) => {
    const event = await ask({ ...ofA, type: 'count', ...view(filter, order), near });
    return event.type === 'counted' ? { count: event.count, at: event.at } : null;
  };
  /** Places of the rows of a window; ids are odd numbers from 5 on. */
  const window = async (filter: Partial<RowFilter>, from: number, to: number, order: RowOrder = 'file') => {
    const event = await ask({ ...ofA, type: 'window', ...view(filter, order), from, to, characters: null });
    return event.type === 'rows' ? event.rows.map(({ row }) => (row.rowId - 5) / 2) : [];
  };
  return { database, job, rows, tokenCounts, idOf, ask, count: count_, window, size: count };
}

test('a window gives rows with their tokens and findings, in full or by their beginning', async () => {
  const { rows, idOf, ask, window, size } = await harness();
  const first = { ...ofA, type: 'window', filter: EVERY_ROW, order: 'file', from: 0, to: 2 } as const;
  expect(await ask({ ...first, characters: null })).toEqual({
    ...{ type: 'rows', requestId: 'q' },
    rows: [
      { row: rows[0], tokens: 0, findingIds: ['odd'] },
      { row: rows[1], tokens: 1, findingIds: [] },
    ],
  });
  expect(await ask({ ...first, characters: 4 })).toMatchObject({ rows: [{ row: { rowId: 5, text: 'text' } }, {}] });
  expect(await window({}, ROWS_PER_CHUNK - 1, ROWS_PER_CHUNK + 2)).toEqual([4999, 5000, 5001]);
  expect(await window({}, size - 1, size + 40)).toEqual([size - 1]);
  const row = { ...ofA, type: 'row' } as const;
  expect(await ask({ ...row, rowId: idOf(size - 1) })).toMatchObject({
    row: { row: rows[size - 1], findingIds: ['odd'] },
  });
  expect(await ask({ ...row, rowId: 4 })).toMatchObject({ row: null });
});

test('words, labels, parts and findings are counted and listed over all chunks', async () => {
  const { count, window, size } = await harness();
  expect(await count({})).toEqual({ count: size, at: 0 });
  expect(await count({ words: `NUMBER ${size - 1} ` })).toMatchObject({ count: 1 });
  expect(await window({ words: `NUMBER ${size - 1} ` }, 0, 5)).toEqual([size - 1]);
  expect(await window({ target: 'spam' }, 2499, 2502)).toEqual([4999, 5001, 5003]);
  expect(await count({ part: 'test' })).toMatchObject({ count: Math.ceil(size / 3) });
  expect(await window({ findingId: 'odd' }, 0, 5)).toEqual([0, size - 1]);
  expect(await window({ findingId: 'odd', target: 'spam' }, 0, 5)).toEqual([]);
  expect(await count({ findingId: 'unknown' })).toMatchObject({ count: 0, at: 0 });
});

test('a finding shows as many rows as it counts: 25,000 of 30,000', async () => {
  const odd = Array.from({ length: 30_000 }, (_, i) => i).filter((i) => i % 6 !== 5);
  const { count, window } = await harness(30_000, odd);
  expect(odd).toHaveLength(25_000);
  expect(await count({ findingId: 'odd' })).toMatchObject({ count: 25_000 });
  expect(await window({ findingId: 'odd' }, 24_997, 25_010)).toEqual([29_996, 29_997, 29_998]);
  // Not every sixth number has the label of every second.
  expect(await count({ findingId: 'odd', target: 'ham' })).toMatchObject({ count: 15_000 });
});

test('rows are listed by label or by length; equal ones keep the order of the file', async () => {
  const { window, size } = await harness();
  expect(await window({}, 0, 3, 'label')).toEqual([0, 2, 4]);
  expect((await window({}, size - 1, size, 'label'))[0]).toBe(size % 2 === 0 ? size - 1 : size - 2);
  expect(await window({}, 0, 3, 'shortest')).toEqual([0, 50, 100]);
  expect(await window({}, 0, 3, 'longest')).toEqual([49, 99, 149]);
  expect(await window({ target: 'ham' }, 0, 2, 'longest')).toEqual([48, 98]);
});

test('a row that is looked at is found again in another view, or what comes next in the file', async () => {
  const { count, idOf, size } = await harness();
  expect(await count({}, 'file', idOf(5001))).toMatchObject({ at: 5001 });
  expect(await count({ target: 'spam' }, 'file', idOf(5001))).toMatchObject({ at: 2500 });
  expect(await count({ target: 'spam' }, 'file', idOf(5000))).toMatchObject({ at: 2500 });
  expect(await count({}, 'longest', idOf(99))).toMatchObject({ at: 1 });
  expect(await count({ words: 'number 3 xxx' }, 'file', idOf(size - 1))).toEqual({ count: 1, at: 0 });
  expect(await count({ words: 'nowhere' }, 'file', idOf(7))).toEqual({ count: 0, at: 0 });
});

test('lines of a finding are given up to as many as are listed', async () => {
  const { ask } = await harness(20, [3, 4, 9]);
  const question = { ...ofA, type: 'finding-lines', findingId: 'odd', most: 2 } as const;
  expect(await ask(question)).toMatchObject({ lines: Int32Array.of(4, 5) });
  expect(await ask({ ...question, findingId: 'unknown' })).toMatchObject({ lines: new Int32Array(0) });
});

test('findings and lengths that come later are seen, though the view was asked for before', async () => {
  const { database, rows, ask, count } = await harness(20, [3]);
  expect(await count({ findingId: 'odd' })).toMatchObject({ count: 1 });
  const tokenCounts = Int32Array.from(rows, () => 2);
  const findingRows = [{ findingId: 'odd', rowIds: packRows([5, 7]), lines: packRows([1, 2]) }];
  const found = { tokenCounts, tokenTally: tallyTokens(tokenCounts), findings: [finding('odd', 2)], findingRows };
  await addTokenCounts(database, 'a', 1, found);
  expect(await count({ findingId: 'odd' })).toMatchObject({ count: 2 });
  expect(await ask({ ...ofA, type: 'row', rowId: 7 })).toMatchObject({ row: { tokens: 2, findingIds: ['odd'] } });
});

test('a version over another is searched as what it shows', async () => {
  const { database, job, rows, idOf } = await harness();
  const [version] = (await database.get('datasets', 'a'))?.versions ?? [];
  if (!version || !rows[0]) throw new Error('no version');
  const put = [{ row: { ...rows[0], text: 'changed' }, tokens: 60 }];
  await saveVersion(database, 'a', { base: 1, version, put, removed: [idOf(5000)] });
  const view = { filter: { ...EVERY_ROW, words: 'changed' }, order: 'file' } as const;
  const question = { ...ofA, version: 2, ...view, type: 'count', near: null } as const;
  expect(await job.answer(question, new AbortController().signal)).toMatchObject({ count: 1 });
  const all = { ...question, filter: EVERY_ROW, near: idOf(5001) };
  expect(await job.answer(all, new AbortController().signal)).toMatchObject({ count: rows.length - 1, at: 5000 });
});

test('the export is the rows as JSONL, in order', async () => {
  const { rows, ask, size } = await harness();
  const event = await ask({ ...ofA, type: 'export' });
  if (event.type !== 'exported') throw new Error(event.type);
  const lines = (await event.file.text()).trimEnd().split('\n');
  expect(lines).toHaveLength(size);
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ text: rows.at(-1)?.text, label: rows.at(-1)?.target });
});

test('lengths are tallied where the record does not have them', async () => {
  const { database, tokenCounts, ask } = await harness();
  const dataset = await database.get('datasets', 'a');
  if (!dataset) throw new Error('gone');
  const versions = dataset.versions.map(({ tokenTally: _, ...version }) => version);
  await database.put('datasets', { ...dataset, versions });
  expect(await ask({ ...ofA, type: 'token-tally' })).toMatchObject({ tally: tallyTokens(tokenCounts) });
});

test('a count that is stopped ends as cancelled, and a set that is gone as not found', async () => {
  const { ask } = await harness();
  const question = { ...ofA, type: 'count', filter: { ...EVERY_ROW, words: 'x' }, order: 'file', near: null } as const;
  await expect(ask(question, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  await expect(ask({ ...ofA, datasetId: 'gone', type: 'export' })).rejects.toMatchObject({ code: 'not-found' });
  await expect(ask({ ...ofA, version: 2, type: 'export' })).rejects.toMatchObject({ code: 'not-found' });
});
