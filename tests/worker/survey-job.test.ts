import '../helpers/storage';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import { singleTurn } from '../../src/core/text/conversation';
import { encodeExample } from '../../src/core/text/examples';
import { tallyTokens } from '../../src/core/text/token-tally';
import { getDataset, saveDataset } from '../../src/storage/datasets';
import { getRows, getTokenTally } from '../../src/storage/rows';
import type { DataEvent } from '../../src/worker/protocol';
import { surveyRows, tellLanguages } from '../../src/worker/survey-job';
import { smolLm2Reader } from '../helpers/smollm2';
import { freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';

const files = tinyModelFiles();

async function harness(texts: string[]) {
  const database = await freshDatabase();
  const rows = sampleRows(texts.length).map((row, i) => ({ ...row, text: texts[i] ?? '' }));
  const dataset = sampleDataset('a', []);
  const versions = dataset.versions.map((version) => ({ ...version, rowCount: rows.length }));
  await saveDataset(database, { dataset: { ...dataset, versions }, rows, tokenCounts: null, file: null });
  const events: DataEvent[] = [];
  const asked: string[] = [];
  const ports = {
    database,
    post: (event: DataEvent) => void events.push(structuredClone(event)),
    modelFiles: (modelId: string) => ({
      read(file: string) {
        asked.push(`${modelId}/${file}`);
        const bytes = files.get(file);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new AppError('model-missing', `No ${file}.`));
      },
    }),
  };
  return { database, events, ports, asked };
}

const command = (modelId: string) =>
  ({ type: 'survey-rows', requestId: 'q', datasetId: 'a', version: 1, modelId }) as const;
const going = new AbortController().signal;

test('what a model makes of the rows is kept with the version, and nothing but its tokenizer is fetched for it', async () => {
  const { database, events, ports, asked } = await harness(['tea at home', 'ሳም tea', 'tea']);
  await surveyRows(ports, command('another'), going);
  expect(asked).toEqual(['another/manifest.json', 'another/tokenizer.json']);
  const dataset = await getDataset(database, 'a');
  if (!dataset) throw new Error('gone');
  expect(events.at(-1)).toEqual({ type: 'surveyed', requestId: 'q', dataset });
  expect(dataset.versions[0]?.coverage).toMatchObject({ another: { unknownRows: 1, words: 6 } });
  const tally = await getTokenTally(database, dataset, 1, 'another');
  expect(tally?.rowsOf.reduce((sum, rows) => sum + rows, 0)).toBe(3);
  const told = events.flatMap((event) => (event.type === 'survey-progress' ? [[event.rows, event.rowsTotal]] : []));
  expect(told.at(-1)).toEqual([3, 3]);
});

test('the first model gets no tally beside the one that stands with the rows', async () => {
  const { database, ports } = await harness(['tea']);
  await surveyRows(ports, command('all-MiniLM-L6-v2'), going);
  const version = (await getDataset(database, 'a'))?.versions[0];
  expect(Object.keys(version?.coverage ?? {})).toEqual(['all-MiniLM-L6-v2']);
  expect(version?.otherTallies).toBeUndefined();
});

test('a survey that is stopped leaves nothing, and one of rows that are gone says so', async () => {
  const { database, ports } = await harness(['tea']);
  const stop = new AbortController();
  stop.abort();
  await expect(surveyRows(ports, command('another'), stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
  expect((await getDataset(database, 'a'))?.versions[0]?.coverage).toBeUndefined();
  const gone = { ...command('another'), datasetId: 'b' };
  await expect(surveyRows(ports, gone, going)).rejects.toMatchObject({ code: 'not-found' });
});

test('the languages of rows that were opened before they were looked at are told and kept', async () => {
  const { database, events, ports } = await harness([
    ...Array<string>(6).fill('where is my new card?'),
    ...Array<string>(4).fill('wo bleibt mein Paket denn nur?'),
  ]);
  await tellLanguages(ports, { type: 'tell-languages', requestId: 'q', datasetId: 'a', version: 1 });
  const dataset = await getDataset(database, 'a');
  const languages = [
    { code: 'en', rows: 6 },
    { code: 'de', rows: 4 },
  ];
  expect(dataset?.versions[0]?.languages).toEqual({ looked: 10, languages, unclear: 0 });
  expect(events).toEqual([{ type: 'surveyed', requestId: 'q', dataset }]);
});

test('to a model that writes a row is as long as its prompt and its answer with what the template puts around them', async () => {
  const { database, ports } = await harness(['Tell him no', 'Tell him no, and be kind about it']);
  const id = 'SmolLM2-135M-Instruct';
  const folder = `public/models/${id}`;
  const writer = { ...ports, modelFiles: () => ({ read: async (file: string) => readFileSync(`${folder}/${file}`) }) };
  await surveyRows(writer, command(id), going);
  const dataset = await getDataset(database, 'a');
  const lengths = dataset?.versions[0]?.otherTallies?.[id]?.rowsOf;
  const rows = await getRows(database, dataset ?? sampleDataset('a', []), 1);
  const reader = smolLm2Reader();
  const own = rows.map(({ text, target }) => encodeExample(reader, singleTurn(text, target)).ids.length);
  expect(own[0]).toBeGreaterThan(20);
  expect(lengths).toEqual(tallyTokens(own).rowsOf);
});
