import '../helpers/storage';
import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../../src/core/errors';
import { openDatabase, write, yieldConnection } from '../../src/storage/database';
import { createFeatureStore } from '../../src/storage/features';
import { createStateStore } from '../../src/storage/states';
import { getUnfinished } from '../../src/storage/runs';
import { type Migration, MIGRATIONS } from '../../src/storage/migrations';
import type { StoredOutcome } from '../../src/storage/schema';
import { fold } from '../helpers/report-sample';
import { contents, fillDiskAtPut, freshDatabase, sampleDataset } from '../helpers/storage';

describe('opening', () => {
  test('a new database has every store and the number of the last step', async () => {
    const database = await freshDatabase();
    expect(database.version).toBe(MIGRATIONS.length);
    expect([...database.objectStoreNames]).toEqual([
      'answers',
      'checkpoints',
      'contexts',
      'curves',
      'datasets',
      'featureSizes',
      'features',
      'files',
      'finals',
      'findingRows',
      'models',
      'outcomes',
      'reports',
      'rows',
      'runs',
      'selfTests',
      'shards',
      'stateBlocks',
      'states',
      'weights',
      'writtenFolds',
    ]);
  });

  test('an older database goes through the later steps only, and keeps what it holds', async () => {
    const name = 'upgraded';
    const old = await openDatabase({ name });
    await old.put('datasets', sampleDataset('a', []));
    old.close();
    const steps: number[] = [];
    const migrations = [
      ...MIGRATIONS,
      () => void steps.push(MIGRATIONS.length + 1),
      () => void steps.push(MIGRATIONS.length + 2),
    ];
    const database = await openDatabase({ name, migrations });
    expect(steps).toEqual([MIGRATIONS.length + 1, MIGRATIONS.length + 2]);
    expect((await database.get('datasets', 'a'))?.name).toBe('set a');
  });

  test('finished folds of a run that an older version left behind become whole pieces', async () => {
    const name = 'folds of step 1';
    const old = await openDatabase({ name, migrations: MIGRATIONS.slice(0, 1) });
    const outcome = fold(0, [0, 1], [0.1, 0.9]);
    const asThen: object = { runId: 'r', part: 'tuned', fold: 0, outcome };
    await old.put('outcomes', asThen as StoredOutcome);
    old.close();
    const database = await openDatabase({ name });
    expect((await getUnfinished(database, 'r')).folds).toEqual([
      { id: 'tuned', outcome, chosenC: null, notes: [], trainedParameters: 0 },
    ]);
  });

  test('ages that an older version left are found in their order, and its frozen layers’ output is gone', async () => {
    const name = 'features of step 2';
    const old = await openDatabase({ name, migrations: MIGRATIONS.slice(0, 2) });
    const usedAt = { 'vectors/2/a': 7, 'vectors/2/b': 3, 'prefix/1/a': 1 };
    for (const [key, time] of Object.entries(usedAt)) {
      await old.put('features', { key, values: Float32Array.of(time) });
      await old.put('featureSizes', { key, bytes: 4, usedAt: time });
    }
    old.close();
    const database = await openDatabase({ name });
    const aged = await database.getAllFromIndex('featureSizes', 'byAge');
    expect(aged.map(({ key }) => key)).toEqual(['vectors/2/b', 'vectors/2/a']);
    expect(await database.getAllKeys('features')).toEqual(['vectors/2/a', 'vectors/2/b']);
    expect(await createFeatureStore(database, () => 9).get('vectors/2/a')).toEqual(Float32Array.of(7));
    expect(await database.count('stateBlocks')).toBe(0);
  });

  test('a step that fails leaves all as it was, and says what failed', async () => {
    const name = 'half upgraded';
    const old = await openDatabase({ name });
    await old.put('datasets', sampleDataset('a', []));
    const before = await contents(old);
    old.close();
    const step: Migration = async (_database, transaction) => {
      await transaction.objectStore('datasets').clear();
      throw new TypeError('one record is damaged');
    };
    await expect(openDatabase({ name, migrations: [...MIGRATIONS, step] })).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringMatching(/brought up to date: one record is damaged. Nothing of it was changed/),
    });
    expect(await contents(await openDatabase({ name }))).toEqual(before);
  });

  test('a tab with the old version closes when another upgrades, and says so', async () => {
    const onClosed = vi.fn();
    const name = 'two tabs';
    await openDatabase({ name, onClosed });
    const newer = await openDatabase({ name, migrations: [...MIGRATIONS, () => undefined] });
    expect(onClosed).toHaveBeenCalledWith('newer-version');
    expect(newer.version).toBe(MIGRATIONS.length + 1);
  });

  test('a connection that a run works on is not given up: the upgrade waits, says so, and goes on when it is', async () => {
    const name = 'a run in two tabs';
    let holds = true;
    const [onClosed, onAwaited, onBlocked] = [vi.fn(), vi.fn(), vi.fn()];
    const old = await openDatabase({ name, holds: () => holds, onClosed, onAwaited });
    const idle = await openDatabase({ name, holds: () => false });
    const opening = openDatabase({ name, migrations: [...MIGRATIONS, () => undefined], onBlocked });
    await vi.waitFor(() => expect(onBlocked).toHaveBeenCalledOnce(), 30_000);
    expect(onAwaited).toHaveBeenCalledOnce();
    expect(onClosed).not.toHaveBeenCalled();
    await expect(idle.count('runs')).rejects.toMatchObject({ message: expect.stringContaining('newer version') });
    await write(old, ['datasets'], 'The list', (transaction) =>
      transaction.objectStore('datasets').put(sampleDataset('kept', [])),
    );
    holds = false;
    yieldConnection(old);
    const newer = await opening;
    expect(onClosed).toHaveBeenCalledWith('newer-version');
    expect(newer.version).toBe(MIGRATIONS.length + 1);
    expect(await newer.count('datasets')).toBe(1);
  });

  test('yielding a connection that nobody waits for leaves it open', async () => {
    const database = await openDatabase({ name: 'alone', holds: () => true });
    yieldConnection(database);
    expect(await database.count('runs')).toBe(0);
  });

  test('a page that is older than what is stored says that, not that there is no storage', async () => {
    const name = 'from the future';
    const migrations = [...MIGRATIONS, () => undefined];
    const newer = await openDatabase({ name, migrations });
    await newer.put('datasets', sampleDataset('a', []));
    const before = await contents(newer);
    newer.close();
    await expect(openDatabase({ name })).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringMatching(/newer version.*not touched.*Reload/),
    });
    const again = await openDatabase({ name, migrations });
    expect([again.version, await contents(again)]).toEqual([migrations.length, before]);
  });

  test('what reads or writes after the browser closed it is told so in words', async () => {
    const database = await openDatabase({ name: 'cleared', onClosed: () => undefined });
    database.close();
    for (const ask of [() => database.get('runs', 'r'), () => database.getAll('runs')]) {
      await expect(ask()).rejects.toMatchObject({ code: 'storage-failed', message: expect.stringContaining('Reload') });
    }
    expect(() => database.transaction('runs')).toThrow(AppError);
  });
});

describe('writing', () => {
  test('a full disk in the middle leaves everything as it was, and is said with what was not saved', async () => {
    const database = await freshDatabase();
    await database.put('datasets', sampleDataset('kept', []));
    const before = await contents(database);
    const repair = fillDiskAtPut(2);
    const failure = await write(database, ['datasets'], 'The list', async (transaction) => {
      await transaction.objectStore('datasets').put(sampleDataset('one', []));
      await transaction.objectStore('datasets').put(sampleDataset('two', []));
    }).catch((error: unknown) => error);
    repair();
    expect(failure).toBeInstanceOf(AppError);
    expect(failure).toMatchObject({ code: 'storage-full' });
    expect((failure as AppError).message).toMatch(/^Not saved: the disk is full\. The list was not kept/);
    expect(await contents(database)).toEqual(before);
  });

  test('on a full disk the frozen layers’ output makes way for what cannot be computed again, and for nothing else', async () => {
    const database = await freshDatabase();
    const states = createStateStore(database, () => 1, { free: () => Promise.resolve(Infinity) });
    await states.put('a', [Uint16Array.of(1, 2)]);
    const features = createFeatureStore(database, () => 1);
    let repair = fillDiskAtPut(1);
    await expect(features.put('b', Float32Array.of(1))).rejects.toMatchObject({ code: 'storage-full' });
    repair();
    expect(await states.claim('a')).toBe(true);
    repair = fillDiskAtPut(1);
    await write(database, ['datasets'], 'The list', (transaction) =>
      transaction.objectStore('datasets').put(sampleDataset('one', [])),
    );
    repair();
    expect(await database.count('datasets')).toBe(1);
    expect(await states.read([{ block: 'a', piece: 0 }])).toEqual([null]);
    expect(await states.claim('a')).toBe(false);
  });

  test('where that is not enough the sentence vectors go too, and what is put after them is counted anew', async () => {
    const database = await freshDatabase();
    const states = createStateStore(database, () => 1, { free: () => Promise.resolve(Infinity) });
    await states.put('a', [Uint16Array.of(1, 2)]);
    const features = createFeatureStore(database, () => 1, 8);
    await features.put('b', Float32Array.of(1, 2));
    const repairs = [fillDiskAtPut(1), fillDiskAtPut(2)];
    await write(database, ['datasets'], 'The list', (transaction) =>
      transaction.objectStore('datasets').put(sampleDataset('one', [])),
    );
    for (const repair of repairs.reverse()) repair();
    expect(await database.count('datasets')).toBe(1);
    expect(await states.claim('a')).toBe(false);
    expect(await features.get('b')).toBeNull();
    for (const key of ['c', 'd']) await features.put(key, Float32Array.of(1));
    expect(await database.getAllKeys('features')).toEqual(['c', 'd']);
  });

  test('a fault of the body undoes what it had written, and stays the fault it was', async () => {
    const database = await freshDatabase();
    const fault = new AppError('not-found', 'gone');
    const failure = await write(database, ['datasets'], 'The list', async (transaction) => {
      await transaction.objectStore('datasets').put(sampleDataset('one', []));
      throw fault;
    }).catch((error: unknown) => error);
    expect(failure).toBe(fault);
    expect(await database.count('datasets')).toBe(0);
  });

  test('a write to a closed database is reported as not saved', async () => {
    const database = await freshDatabase();
    database.close();
    const failure = await write(database, ['datasets'], 'The list', () => undefined).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'storage-failed', message: expect.stringContaining('Not saved') });
  });
});
