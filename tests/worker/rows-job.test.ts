import '../helpers/storage';
import { expect, test } from 'vitest';
import { tallyTokens } from '../../src/core/text/token-tally';
import { saveDataset } from '../../src/storage/datasets';
import { ROWS_PER_CHUNK } from '../../src/storage/schema';
import { answerRows } from '../../src/worker/rows-job';
import type { RowsCommand, RowsEvent } from '../../src/worker/rows-protocol';
import { freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';

type Question = Exclude<RowsCommand, { type: 'open' | 'texts' | 'cancel-request' }>;
const MANY = ROWS_PER_CHUNK + 7;
const ofA = { requestId: 'q', datasetId: 'a', version: 1 };
const EVERY = { words: '', target: null, findingId: null };

async function harness() {
  const database = await freshDatabase();
  const rows = sampleRows(MANY).map((row, i) => ({
    ...row,
    line: row.line + 1,
    text: `${row.text} ${'x'.repeat(i % 9)}`,
  }));
  const tokenCounts = Int32Array.from(rows, (_, i) => i % 50);
  const findings = [
    { id: 'odd', severity: 'warning', title: '', detail: '', count: 3, lines: [1, 2, MANY + 1], examples: [] },
  ] as const;
  const dataset = sampleDataset('a', rows, {
    findings: findings.map((one) => ({ ...one, lines: [...one.lines], examples: [] })),
  });
  await saveDataset(database, { dataset, rows, tokenCounts, file: null });
  const ask = (question: Question, signal = new AbortController().signal): Promise<RowsEvent> =>
    answerRows(database, question, signal);
  const search = async (change: Partial<typeof EVERY> | object): Promise<number[]> => {
    const event = await ask({ ...ofA, type: 'search', search: { ...EVERY, ...change } });
    return event.type === 'found' ? [...event.places] : [];
  };
  return { rows, tokenCounts, ask, search };
}

test('rows are given by place over all chunks, in full or by their beginning', async () => {
  const { rows, ask } = await harness();
  const places = [0, ROWS_PER_CHUNK - 1, ROWS_PER_CHUNK, MANY - 1];
  expect(await ask({ ...ofA, type: 'rows', places, characters: null })).toEqual({
    type: 'rows',
    requestId: 'q',
    rows: places.map((place) => ({ row: rows[place], tokens: place % 50 })),
  });
  const cut = await ask({ ...ofA, type: 'rows', places: [3], characters: 4 });
  expect(cut).toMatchObject({ rows: [{ row: { line: 5, text: 'text', target: 'spam' } }] });
});

test('a search finds words, labels and the lines of a finding in all chunks', async () => {
  const { search } = await harness();
  expect(await search({})).toHaveLength(MANY);
  expect(await search({ words: `NUMBER ${MANY - 1} ` })).toEqual([MANY - 1]);
  expect((await search({ target: 'spam' })).slice(0, 3)).toEqual([1, 3, 5]);
  // Lines of the file: the first row stands in line 2.
  expect(await search({ findingId: 'odd' })).toEqual([0, MANY - 1]);
  expect(await search({ findingId: 'odd', target: 'spam' })).toEqual([]);
});

test('the export is the rows as JSONL, in order', async () => {
  const { rows, ask } = await harness();
  const event = await ask({ ...ofA, type: 'export' });
  if (event.type !== 'exported') throw new Error(event.type);
  const lines = (await event.file.text()).trimEnd().split('\n');
  expect(lines).toHaveLength(MANY);
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ text: rows.at(-1)?.text, label: rows.at(-1)?.target });
});

test('lengths are tallied where the record does not have them', async () => {
  const { tokenCounts, ask } = await harness();
  expect(await ask({ ...ofA, type: 'token-tally' })).toMatchObject({ tally: tallyTokens(tokenCounts) });
});

test('a search that is stopped ends as cancelled, and a set that is gone as not found', async () => {
  const { ask } = await harness();
  const stopped = AbortSignal.abort();
  await expect(ask({ ...ofA, type: 'search', search: EVERY }, stopped)).rejects.toMatchObject({ code: 'cancelled' });
  await expect(ask({ ...ofA, datasetId: 'gone', type: 'export' })).rejects.toMatchObject({ code: 'not-found' });
});
