import '../helpers/storage';
import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../../src/core/errors';
import { openDatabase, write } from '../../src/storage/database';
import { getUnfinished } from '../../src/storage/runs';
import { MIGRATIONS, type StoredOutcome } from '../../src/storage/schema';
import { fold } from '../helpers/report-sample';
import { contents, fillDiskAtPut, freshDatabase, sampleDataset } from '../helpers/storage';

describe('opening', () => {
  test('a new database has every store and the number of the last step', async () => {
    const database = await freshDatabase();
    expect(database.version).toBe(MIGRATIONS.length);
    expect([...database.objectStoreNames]).toEqual([
      'checkpoints',
      'contexts',
      'curves',
      'datasets',
      'featureSizes',
      'features',
      'files',
      'finals',
      'models',
      'outcomes',
      'rows',
      'runs',
      'selfTests',
      'shards',
      'weights',
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

  test('a tab with the old version closes when another upgrades, and says so', async () => {
    const onClosed = vi.fn();
    const name = 'two tabs';
    await openDatabase({ name, onClosed });
    const newer = await openDatabase({ name, migrations: [...MIGRATIONS, () => undefined] });
    expect(onClosed).toHaveBeenCalledWith('newer-version');
    expect(newer.version).toBe(MIGRATIONS.length + 1);
  });

  test('an older tab that does not let go is named, and nobody waits for ever', async () => {
    const name = 'stubborn';
    await new Promise<void>((resolve) => {
      const request = indexedDB.open(name, 1);
      request.onsuccess = () => resolve();
    });
    const failure = await openDatabase({ name, migrations: [...MIGRATIONS, () => undefined] }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'storage-failed', message: expect.stringContaining('Another tab') });
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
