import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import { CHECKPOINT_VERSION } from '../../src/core/run/checkpoint-bytes';
import { hasCheckpoint, readCheckpoints, saveCheckpoint } from '../../src/storage/checkpoints';
import { addRun, deleteRun, finishRun, getCurve, getRun, saveFold } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import { sampleFit } from '../helpers/checkpoint';
import { fold } from '../helpers/report-sample';
import { contents, fillDiskAtPut, freshDatabase, sampleRun } from '../helpers/storage';

const facts = { runId: 'r', build: 'b1' };
const point = {
  ...{ fold: 1, epoch: 1, step: 1, trainLoss: 0.5, learningRate: 1e-4 },
  ...{ gradNorm: 1, validLoss: null, metrics: null },
};

async function withRun(id = 'r'): Promise<HoneDatabase> {
  const database = await freshDatabase();
  await addRun(database, sampleRun(id));
  return database;
}

const save = (database: HoneDatabase, step: number, change = {}) =>
  saveCheckpoint(database, facts, sampleFit({ step, ...change }), { updatedAt: step }, null);
const steps = async (database: HoneDatabase) =>
  (await readCheckpoints(database, 'r', 'b1')).fits.map((state) => state.step);

describe('checkpoints', () => {
  test('come back to the bit, with the record and the curve of the same moment', async () => {
    const database = await withRun();
    const state = sampleFit();
    await saveCheckpoint(database, facts, state, { updatedAt: 77 }, { chunk: 3, points: [point] });
    expect(await readCheckpoints(database, 'r', 'b1')).toEqual({ fits: [state], faults: [] });
    expect((await getRun(database, 'r'))?.updatedAt).toBe(77);
    expect(await getCurve(database, 'r')).toEqual([point]);
  });

  test('the last two of each fold are kept, with their shards and no others', async () => {
    const database = await withRun();
    for (const step of [1, 2, 3, 4]) await save(database, step);
    for (const step of [7, 8, 9]) await save(database, step, { fold: 2 });
    const records = await database.getAll('checkpoints');
    expect(records.map(({ fold, step }) => [fold, step])).toEqual([
      [1, 3],
      [1, 4],
      [2, 8],
      [2, 9],
    ]);
    expect(await database.count('shards')).toBe(4);
    expect(await steps(database)).toEqual([4, 9]);
  });

  test('one flipped bit: the one before is taken, and that is said', async () => {
    const database = await withRun();
    for (const step of [1, 2]) await save(database, step);
    const [, shard] = await database.getAll('shards');
    if (!shard) throw new Error('There are two.');
    const at = shard.bytes.length - 3;
    shard.bytes[at] = (shard.bytes[at] ?? 0) ^ 1;
    await database.put('shards', shard);
    const { fits, faults } = await readCheckpoints(database, 'r', 'b1');
    expect(fits.map(({ step }) => step)).toEqual([1]);
    expect(faults).toEqual([expect.stringMatching(/step 2 is damaged.*the one before it is taken/i)]);
  });

  test('a damaged one does not count as one of the last two: the whole one before it stays until there are two newer', async () => {
    const database = await withRun();
    for (const step of [1, 2]) await save(database, step);
    const newest = (await database.getAllKeys('shards')).at(-1);
    if (!newest) throw new Error('There are two.');
    await database.delete('shards', newest);
    expect(await steps(database)).toEqual([1]);
    expect(await database.count('checkpoints')).toBe(1);
    await save(database, 3);
    expect((await database.getAll('checkpoints')).map(({ step }) => step)).toEqual([1, 3]);
    expect(await database.count('shards')).toBe(2);
    await save(database, 4);
    expect((await database.getAll('checkpoints')).map(({ step }) => step)).toEqual([3, 4]);
  });

  test('a shard that is missing, and then both damaged: the fold begins anew, and no wrong state comes out', async () => {
    const database = await withRun();
    for (const step of [1, 2]) await save(database, step);
    const [first, second] = await database.getAllKeys('shards');
    if (!first || !second) throw new Error('There are two.');
    await database.delete('shards', second);
    expect(await steps(database)).toEqual([1]);
    await database.delete('shards', first);
    const { fits, faults } = await readCheckpoints(database, 'r', 'b1');
    expect(fits).toEqual([]);
    expect(faults.at(-1)).toContain('this fold begins anew');
  });

  test('of another build or another format are refused in words, and stay', async () => {
    const database = await withRun();
    await save(database, 1);
    const before = await contents(database);
    await expect(readCheckpoints(database, 'r', 'b2')).rejects.toMatchObject({
      code: 'checkpoint-foreign',
      message: expect.stringContaining('another version of Hone'),
    });
    expect(await contents(database)).toEqual(before);
    const [record] = await database.getAll('checkpoints');
    if (!record) throw new Error('There is one.');
    await database.put('checkpoints', { ...record, format: CHECKPOINT_VERSION - 1 });
    await expect(readCheckpoints(database, 'r', 'b1')).rejects.toMatchObject({ code: 'checkpoint-foreign' });
  });

  test('a disk that is full at any of its writes leaves everything as it was', async () => {
    const database = await withRun();
    for (const step of [1, 2]) await save(database, step);
    const before = await contents(database);
    for (const nth of [1, 2, 3, 4]) {
      const repair = fillDiskAtPut(nth);
      const third = saveCheckpoint(database, facts, sampleFit({ step: 3 }), {}, { chunk: 1, points: [point] });
      await expect(third).rejects.toMatchObject({ code: 'storage-full' });
      repair();
      expect(await contents(database)).toEqual(before);
    }
    await save(database, 4);
    expect(await steps(database)).toEqual([4]);
  });

  test('a run that was deleted meanwhile is not brought back by its checkpoint', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r', { state: 'interrupted' }));
    await deleteRun(database, 'r');
    await expect(save(database, 1)).rejects.toMatchObject({ code: 'not-found' });
    expect(await database.count('checkpoints')).toBe(0);
    expect(await database.count('shards')).toBe(0);
  });

  test('go with their fold when it is finished, and with the run when it ends; those of others stay', async () => {
    const database = await withRun();
    await addRun(database, sampleRun('r2'));
    await save(database, 1);
    await save(database, 2, { fold: 2 });
    await saveCheckpoint(database, { ...facts, runId: 'r2' }, sampleFit(), {}, null);
    const piece = { chosenC: null, notes: [], trainedParameters: 1 };
    await saveFold(database, 'r', { id: 'majority', outcome: fold(1, [0], [0.1]), ...piece }, {});
    expect(await steps(database)).toEqual([1, 2]);
    await saveFold(database, 'r', { id: 'tuned', outcome: fold(1, [0], [0.1]), ...piece }, {});
    expect(await steps(database)).toEqual([2]);
    await finishRun(database, 'r', { state: 'succeeded' }, { report: null, weights: null });
    expect(await hasCheckpoint(database, 'r')).toBe(false);
    expect((await database.getAll('shards')).map(({ runId }) => runId)).toEqual(['r2']);
  });
});
