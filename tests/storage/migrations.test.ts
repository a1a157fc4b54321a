import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import { parseReport } from '../../src/core/report/parse-report';
import { openDatabase } from '../../src/storage/database';
import { getCurve, getReport, getRun, getWeights, listRuns } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import type { UpgradeProgress } from '../../src/storage/upgrade-progress';
import { finishInterrupted, recoverRuns } from '../../src/worker/recover';
import { readResumption } from '../../src/worker/resumption';
import { nodeCheckTools } from '../helpers/check-tools';
import { recordsOf1, recordsOf3, reportOf, writeDatabase } from '../helpers/earlier-database';
import { sampleContext } from '../helpers/report-sample';
import { contents } from '../helpers/storage';

const ports = (database: HoneDatabase) => ({
  database,
  now: () => 9000,
  checkTools: nodeCheckTools,
  tryLock: <T>(body: () => Promise<T>) => body(),
  lock: <T>(body: () => Promise<T>) => body(),
});

describe('a database that version 3 wrote', () => {
  test('has its reports in a store of their own, each as it was, and a summary in the record', async () => {
    await writeDatabase('v3 reports', 3, recordsOf3());
    const database = await openDatabase({ name: 'v3 reports' });
    const runs = new Map((await listRuns(database)).map((run) => [run.id, run]));
    expect(runs.size).toBe(4);
    expect(runs.get('finished')?.summary).toMatchObject({
      status: 'complete',
      metrics: { accuracy: { mean: 0.875 }, macro_f1: {} },
      baselines: { majority: { accuracy: 0.5 }, tfidf_logistic_regression: {}, features_only: { accuracy: 0.75 } },
      totalSeconds: 21,
      loss: { ends: [1.75, 1] },
    });
    expect(runs.get('stopped')?.summary?.status).toBe('partial');
    expect([runs.get('failed')?.summary, runs.get('interrupted')?.summary]).toEqual([null, null]);
    for (const run of runs.values()) expect(run).not.toHaveProperty('report');
    expect(await database.getAllKeys('reports')).toEqual(['finished', 'stopped']);
    const report = await getReport(database, 'finished');
    expect(report).toEqual(parseReport(reportOf(3)));
    expect(await getReport(database, 'failed')).toBeNull();
    expect((await getWeights(database, 'finished'))?.tuned.labels).toEqual(['ham', 'spam']);
  });

  test('tells how far it is with what it rewrites, store by store', async () => {
    const records = recordsOf3();
    await writeDatabase('v3 told', 3, records);
    const told: UpgradeProgress[] = [];
    await openDatabase({ name: 'v3 told', onUpgrade: (progress) => void told.push(progress) });
    const stores = ['runs', 'curves', 'rows'] as const;
    expect([...new Set(told.map(({ store }) => store))]).toEqual(stores);
    for (const store of stores) {
      const total = records[store]?.length ?? 0;
      expect(total).toBeGreaterThan(0);
      expect(told.filter((each) => each.store === store)).toEqual(
        Array.from({ length: total }, (_, i) => ({ store, done: i + 1, total })),
      );
    }
  });

  test('names the metrics of its folds and curves', async () => {
    await writeDatabase('v3 metrics', 3, recordsOf3());
    const database = await openDatabase({ name: 'v3 metrics' });
    const metrics = { accuracy: 0.75, macro_f1: 0.7 };
    expect((await getRun(database, 'stopped'))?.folds).toEqual([
      { fold: 0, metrics, steps: 40, epochs: 4, bestEpoch: 3, seconds: 2 },
    ]);
    const none = { trainLoss: null, learningRate: null, gradNorm: null, validLoss: null };
    const points = (fold: number) => [
      { ...none, fold, epoch: 0.5, step: 1, trainLoss: 0.9, learningRate: 1e-4, gradNorm: 1, metrics: null },
      { ...none, fold, epoch: 1, step: 2, validLoss: 0.4, metrics },
    ];
    expect(await getCurve(database, 'interrupted')).toEqual([...points(0), ...points(1)]);
  });

  test('keeps all else as it was', async () => {
    await writeDatabase('v3 rest', 3, recordsOf3());
    const all = await contents(await openDatabase({ name: 'v3 rest' }));
    // Rows and what is found in them: see row-names.
    const { runs: _r, curves: _c, reports: _p, datasets: _d, rows: _o, ...rest } = all;
    for (const [store, values] of Object.entries(recordsOf3())) {
      if (store in rest) expect(rest[store], store).toEqual(expect.arrayContaining(values));
    }
    expect(rest['checkpoints']).toHaveLength(1);
  });

  test('goes on with the run that was broken off, from its checkpoint', async () => {
    await writeDatabase('v3 resumed', 3, recordsOf3());
    const database = await openDatabase({ name: 'v3 resumed' });
    const { kept, points, faults } = await readResumption(database, 'interrupted', 'test', null);
    expect(faults).toEqual([]);
    expect(kept.fits.map(({ fold, step }) => [fold, step])).toEqual([[1, 12]]);
    expect(kept.folds).toHaveLength(4);
    expect(points).toHaveLength(4);
  });

  test('is brought up to date one record at a time', async () => {
    const records = recordsOf3();
    await writeDatabase('v3 cursor', 3, records);
    const whole = ['getAll', 'getAllKeys'] as const;
    const asked: string[] = [];
    const originals = whole.map((name) => IDBObjectStore.prototype[name]);
    for (const name of whole) IDBObjectStore.prototype[name] = () => (asked.push(name), new IDBRequest());
    try {
      await openDatabase({ name: 'v3 cursor' });
    } finally {
      whole.forEach((name, i) => Object.assign(IDBObjectStore.prototype, { [name]: originals[i] }));
    }
    expect(asked).toEqual([]);
  });
});

test('a run whose method this build does not know is not resumed but finished, and can be read', async () => {
  const records = recordsOf3();
  const runs = (records['runs'] ?? []).map((run) => ({ ...run, method: 'prompt-search' }));
  const sample = sampleContext();
  const context = { ...sample, settings: { ...sample.settings, method: 'prompt-search' } };
  await writeDatabase('unknown', 3, { ...records, runs, contexts: [{ runId: 'interrupted', context }] });
  const database = await openDatabase({ name: 'unknown' });
  await expect(readResumption(database, 'interrupted', 'test', null)).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringMatching(/does not know the method «prompt-search».*can be finished/),
  });
  await finishInterrupted(ports(database), 'interrupted');
  const run = await getRun(database, 'interrupted');
  expect(run).toMatchObject({ state: 'stopped', summary: { methodTitle: 'prompt-search', status: 'partial' } });
  expect(await getReport(database, 'interrupted')).toMatchObject({ method: 'prompt-search', status: 'partial' });
});

describe('a database that version 0.1 wrote', () => {
  test('opens: its report reads, and the run of its closed tab waits for a person', async () => {
    await writeDatabase('v0.1', 1, recordsOf1());
    const database = await openDatabase({ name: 'v0.1' });
    const report = await getReport(database, 'finished');
    expect(report).toEqual(parseReport(reportOf(1)));
    expect((await getRun(database, 'finished'))?.summary).toMatchObject({
      sentence: expect.stringMatching(/^No clear gain/),
      metrics: { accuracy: { mean: 0.875 } },
    });
    expect((await recoverRuns(ports(database), null)).runIds).toEqual(['closed']);
    expect(await getRun(database, 'closed')).toMatchObject({
      state: 'interrupted',
      log: [{ message: expect.stringContaining('What it had is kept') }],
    });
  });

  test('refuses to resume that run with words, and finishes it with what there is', async () => {
    await writeDatabase('v0.1 finished', 1, recordsOf1());
    const database = await openDatabase({ name: 'v0.1 finished' });
    await recoverRuns(ports(database), null);
    await expect(readResumption(database, 'closed', 'today', null)).rejects.toMatchObject({
      code: 'checkpoint-foreign',
      message: expect.stringContaining('Finish it with what there is'),
    });
    await finishInterrupted(ports(database), 'closed');
    const run = await getRun(database, 'closed');
    expect(run).toMatchObject({ state: 'stopped', hasWeights: true, summary: { status: 'partial' } });
    expect(await getReport(database, 'closed')).toMatchObject({
      status: 'partial',
      cross_validation: { k: 2, accuracy: { mean: 0.75 }, folds: [{ fold: 0 }] },
      curve: [{ train_loss: 0.9 }, { valid_accuracy: 0.75 }],
    });
  });
});
