import '../helpers/storage';
import { expect, test } from 'vitest';
import { getDataset, renameDataset, saveDataset } from '../../src/storage/datasets';
import { getTokenTally } from '../../src/storage/rows';
import { addVersionFacts } from '../../src/storage/version-facts';
import { freshDatabase, sampleDataset } from '../helpers/storage';

const coverage = (unknown: number) => ({ characters: 10, unknown, unknownRows: 1, words: 2, broken: 0 });
const tally = (...rowsOf: number[]) => ({ rowsOf: Int32Array.from(rowsOf) });

test('facts of one model stand beside those of another, and a rename of meanwhile stays', async () => {
  const database = await freshDatabase();
  await saveDataset(database, { dataset: sampleDataset('a', []), rows: [], tokenCounts: null, file: null });
  await addVersionFacts(database, 'a', 1, { coverage: { one: coverage(1) }, otherTallies: { one: tally(0, 4) } });
  await renameDataset(database, 'a', 'renamed');
  const languages = { looked: 3, languages: [{ code: 'en', rows: 3 }], unclear: 0 };
  await addVersionFacts(database, 'a', 1, { languages });
  const changed = await addVersionFacts(database, 'a', 1, {
    coverage: { two: coverage(2) },
    otherTallies: { two: tally(0, 0, 4) },
  });
  expect(await getDataset(database, 'a')).toEqual(changed);
  expect(changed.name).toBe('renamed');
  expect(changed.versions[0]).toMatchObject({ languages, coverage: { one: { unknown: 1 }, two: { unknown: 2 } } });
});

test('each model has its own tally, and for one that was not asked that of the first stands', async () => {
  const database = await freshDatabase();
  const dataset = sampleDataset('a', []);
  await saveDataset(database, { dataset, rows: [], tokenCounts: null, file: null });
  const changed = await addVersionFacts(database, 'a', 1, { otherTallies: { two: tally(0, 0, 4) } });
  expect(await getTokenTally(database, changed, 1, 'two')).toEqual(tally(0, 0, 4));
  const first = tally(0, 9);
  const counted = { ...changed, versions: changed.versions.map((one) => ({ ...one, tokenTally: first })) };
  expect(await getTokenTally(database, counted, 1, 'two')).toEqual(tally(0, 0, 4));
  for (const id of [undefined, 'three']) expect(await getTokenTally(database, counted, 1, id)).toEqual(first);
});

test('a version that is gone is said', async () => {
  const database = await freshDatabase();
  await expect(addVersionFacts(database, 'a', 1, {})).rejects.toMatchObject({ code: 'not-found' });
  await saveDataset(database, { dataset: sampleDataset('a', []), rows: [], tokenCounts: null, file: null });
  await expect(addVersionFacts(database, 'a', 7, {})).rejects.toMatchObject({ code: 'not-found' });
});
