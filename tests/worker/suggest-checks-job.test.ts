import '../helpers/storage';
import { expect, test } from 'vitest';
import { LOOKED_ROWS } from '../../src/core/text/language-tally';
import { getDataset, saveDataset } from '../../src/storage/datasets';
import { saveChecks } from '../../src/storage/judgements';
import { suggestChecksOf } from '../../src/worker/suggest-checks-job';
import { nodeCheckTools } from '../helpers/check-tools';
import { freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';

async function stored(answers: readonly string[]) {
  const database = await freshDatabase();
  const rows = sampleRows(answers.length).map((row, i) => ({ ...row, target: answers[i] ?? '' }));
  const dataset = sampleDataset('d', rows);
  await saveDataset(database, { dataset, rows, tokenCounts: null, file: null });
  return database;
}

test('the wanted answers of a version suggest checks before any run', async () => {
  const database = await stored(Array.from({ length: 30 }, (_, row) => JSON.stringify([row])));
  const ports = { database, checkTools: nodeCheckTools };
  expect(await suggestChecksOf(ports, { datasetId: 'd', version: 1 })).toEqual([
    { kind: 'json', parameters: {}, reason: 'All 30 answers are JSON.' },
  ]);
  await expect(suggestChecksOf(ports, { datasetId: 'd', version: 2 })).rejects.toMatchObject({ code: 'not-found' });
  await expect(suggestChecksOf(ports, { datasetId: 'x', version: 1 })).rejects.toMatchObject({ code: 'not-found' });
});

test('of very many rows some are looked at, from end to end, and the reason says so', async () => {
  // The first half is prose: whoever looked at the beginning alone would suggest nothing.
  const half = LOOKED_ROWS;
  const database = await stored(Array.from({ length: 2 * half }, (_, row) => (row < 0.01 * half ? 'prose' : '[1]')));
  const [json] = await suggestChecksOf({ database, checkTools: nodeCheckTools }, { datasetId: 'd', version: 1 });
  expect(json?.reason).toMatch(/^3,9\d\d of 4,000 answers looked at are JSON\.$/);
});

test('chosen checks stay with the data set, and can be let go for what the rows suggest', async () => {
  const database = await stored(['a', 'b']);
  const spec = { kind: 'contains', parameters: { text: 'a' }, reason: '' };
  expect(await saveChecks(database, 'd', [spec])).toMatchObject({ checks: [spec] });
  expect((await getDataset(database, 'd'))?.checks).toEqual([spec]);
  expect(await saveChecks(database, 'd', null)).not.toHaveProperty('checks');
  expect(await getDataset(database, 'd')).not.toHaveProperty('checks');
});
