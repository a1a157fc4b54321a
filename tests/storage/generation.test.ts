import '../helpers/storage';
import { expect, test } from 'vitest';
import { getUnfinishedWriting, saveRows, saveWrittenFold } from '../../src/storage/generation';
import { addRun, deleteRun, finishRun, getAdapter, getCurve, getRun, getWeights } from '../../src/storage/runs';
import { freshDatabase, sampleRun } from '../helpers/storage';
import { adapterOf, answeredRow, writtenFold } from '../helpers/written-rows';

const curve = { chunk: 0, points: [] };

test('rows are kept as far as they were answered last, by fold and row; those of another run are its own', async () => {
  const database = await freshDatabase();
  await addRun(database, sampleRun('r'));
  await addRun(database, sampleRun('other'));
  const early = answeredRow(7, { answers: { base: null, few_shot: null, nearest: null, tuned: null } });
  await saveRows(database, 'r', [early, answeredRow(2, { fold: 1 })]);
  await saveRows(database, 'r', [answeredRow(7), answeredRow(3)]);
  await saveRows(database, 'other', [answeredRow(9)]);
  const { rows } = await getUnfinishedWriting(database, 'r');
  expect(rows).toEqual([answeredRow(3), answeredRow(7), answeredRow(2, { fold: 1 })]);
});

test('a finished fold is kept with the record, its adapter and the curve, and the checkpoints of that fold go', async () => {
  const database = await freshDatabase();
  await addRun(database, sampleRun('r'));
  const bytes = new Uint8Array(1);
  for (const fold of [0, 1]) {
    await database.put('shards', { runId: 'r', fold, number: 1, shard: 0, bytes });
    await database.put('checkpoints', { runId: 'r', fold, number: 1, format: 1, build: 'b', step: 1, shards: [] });
  }
  await saveWrittenFold(database, 'r', writtenFold(1), { updatedAt: 9 }, { adapter: adapterOf(1), curve });
  await saveWrittenFold(database, 'r', writtenFold(0), {}, { adapter: null, curve: null });
  const kept = await getUnfinishedWriting(database, 'r');
  expect(kept.folds).toEqual([writtenFold(0), writtenFold(1)]);
  expect(kept.fallback).toEqual(adapterOf(1));
  expect((await getRun(database, 'r'))?.updatedAt).toBe(9);
  expect(await getCurve(database, 'r')).toEqual([]);
  expect(await database.count('checkpoints')).toBe(0);
  expect(await database.count('shards')).toBe(0);
  await database.put('shards', { runId: 'r', fold: 2, number: 1, shard: 0, bytes });
  await saveWrittenFold(database, 'r', writtenFold(1), {}, { adapter: null, curve: null });
  expect(await database.count('shards')).toBe(1);
});

test('an adapter is no classifier, and a classifier no adapter; the end of a run keeps it and takes the scaffolding away', async () => {
  const database = await freshDatabase();
  await addRun(database, sampleRun('r'));
  await saveRows(database, 'r', [answeredRow(1)]);
  await saveWrittenFold(database, 'r', writtenFold(0), {}, { adapter: adapterOf(1), curve: null });
  await finishRun(database, 'r', { state: 'stopped' }, { report: null, weights: { adapter: adapterOf(2) } });
  expect(await getAdapter(database, 'r')).toEqual(adapterOf(2));
  expect(await getWeights(database, 'r')).toBeNull();
  expect((await getRun(database, 'r'))?.hasWeights).toBe(true);
  expect(await database.count('answers')).toBe(0);
  expect(await database.count('writtenFolds')).toBe(0);
  await deleteRun(database, 'r');
  expect(await getAdapter(database, 'r')).toBeNull();
});

test('nothing is kept of a run that is gone', async () => {
  const database = await freshDatabase();
  await expect(saveRows(database, 'r', [answeredRow(1)])).rejects.toMatchObject({ code: 'not-found' });
  const kept = { adapter: adapterOf(1), curve: null };
  await expect(saveWrittenFold(database, 'r', writtenFold(0), {}, kept)).rejects.toMatchObject({ code: 'not-found' });
  expect(await database.count('answers')).toBe(0);
  expect(await database.count('weights')).toBe(0);
});
