import '../helpers/storage';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { saveDataset } from '../../src/storage/datasets';
import { TokenViewJob } from '../../src/worker/token-view-job';
import { freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';

const modelId = 'SmolLM2-135M-Instruct';

test('a row is shown as it is learned: the one asked for, or the first that is cut off', async () => {
  const database = await freshDatabase();
  const texts = ['Tell him no', 'Tell her yes', 'Tell them, at some length and in many words, that it will not be'];
  const rows = sampleRows(texts.length).map((row, i) => ({ ...row, text: texts[i] ?? '', target: 'Not today.' }));
  const dataset = sampleDataset('a', []);
  const versions = dataset.versions.map((version) => ({ ...version, rowCount: rows.length }));
  await saveDataset(database, { dataset: { ...dataset, versions }, rows, tokenCounts: null, file: null });
  const asked: string[] = [];
  const job = new TokenViewJob({
    database,
    modelFiles: () => ({
      read: async (file: string) => (asked.push(file), readFileSync(`public/models/${modelId}/${file}`)),
    }),
  });
  const going = new AbortController().signal;
  const view = (at: number | null, maxLength = 500) =>
    job.view({ type: 'view-tokens', requestId: 'q', datasetId: 'a', version: 1, modelId, maxLength, at }, going);

  const second = await view(1);
  expect([second.at, second.rows, second.cut]).toEqual([1, 3, 0]);
  expect(second.runs.find(({ use }) => use === 'trained')?.text).toBe('Not today.<|im_end|>');
  expect(second.runs.map(({ text }) => text).join('')).toContain('Tell her yes');

  const whole = second.trained + second.context;
  const cut = await view(null, whole + 2);
  expect([cut.at, cut.cut > 0, cut.cutTrained > 0]).toEqual([2, true, true]);
  expect(cut.trained + cut.context).toBe(whole + 2);
  expect((await view(null)).at).toBe(0);
  await expect(view(3)).rejects.toMatchObject({ code: 'not-found' });
  // Its files are read once.
  expect(asked).toEqual(['manifest.json', 'tokenizer.json']);
});
