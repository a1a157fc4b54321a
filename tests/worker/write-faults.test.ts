import { nodeCheckTools } from '../helpers/check-tools';
/**
 * A disk that fails at every single write of a whole run: the end is one story on the page and in storage, nothing that
 * was told as kept is lost, and once there is room the run has the report of a run that nothing befell.
 */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isAtWork, isFinal } from '../../src/core/run/record';
import { getCurve, getReport, getRun, getUnfinished, getWeights } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import { openDatabase } from '../../src/storage/database';
import { autoChoices } from '../../src/core/settings/defaults';
import { TrainingJob } from '../../src/worker/job';
import { finishInterrupted, recoverRuns } from '../../src/worker/recover';
import { failDisk, type FailingDisk } from '../helpers/failing-disk';
import { addDataset, createHarness, type JobHarness, request, spamRows } from '../helpers/job';
import { classificationReport } from '../helpers/classification-report';

const asked = request({
  method: 'top-layers',
  choices: { ...autoChoices(), nEpochs: 1, batchSize: 8, layers: 1 },
  evaluation: { folds: 2, test: { kind: 'none' } },
});

let disk: FailingDisk | null = null;
afterEach(() => disk?.remove());

/** What must be equal: everything but times. */
async function results(database: HoneDatabase) {
  const run = await getRun(database, 'run');
  const report = classificationReport(await getReport(database, 'run'));
  const timeless = (key: string, value: unknown): unknown =>
    ['timings', 'created_at', 'seconds'].includes(key) ? 'a time' : value;
  return {
    state: run?.state,
    error: run?.error,
    report: JSON.parse(JSON.stringify(report, timeless)) as unknown,
    folds: run?.folds.map(({ seconds: _, ...fold }) => fold),
    weights: await getWeights(database, 'run'),
    curve: await getCurve(database, 'run'),
  };
}

/** By a clock slow enough that some turns of a fit leave no checkpoint. */
async function fresh(): Promise<JobHarness> {
  let elapsed = 0;
  const harness = await createHarness({ elapsed: () => (elapsed += 5) });
  await addDataset(harness.database, 'd', spamRows(14));
  return harness;
}

/** Starts the run; resolves at its end, or when its end waits for room. */
async function begin(harness: JobHarness): Promise<{ done: Promise<void>; waits: boolean }> {
  const waiting = new Promise<boolean>((resolve) =>
    harness.onPost((event) => {
      if (event.type === 'run' && event.events.some(({ type }) => type === 'unsaved')) resolve(true);
    }),
  );
  const done = harness.job.start('q', asked);
  return { done, waits: await Promise.race([waiting, done.then(() => false)]) };
}

const ports = (database: HoneDatabase) => ({
  database,
  now: () => 1,
  checkTools: nodeCheckTools,
  tryLock: <T>(body: () => Promise<T>) => body(),
  lock: <T>(body: () => Promise<T>) => body(),
});

/** The tab is gone: a page that starts over the same storage. */
async function nextStart(harness: JobHarness): Promise<JobHarness> {
  harness.database.close();
  const next = await createHarness();
  const database = await openDatabase({ name: harness.database.name });
  next.ports.database = database;
  return { ...next, database, job: new TrainingJob(next.ports) };
}

/** The record names no fold that is not kept, and what the page was told is kept is there or past. */
async function expectKept(harness: JobHarness, database: HoneDatabase): Promise<void> {
  const run = await getRun(database, 'run');
  if (!run || isFinal(run.state)) return;
  const { folds } = await getUnfinished(database, 'run');
  const kept = folds.filter(({ id }) => id === 'tuned').map(({ outcome }) => outcome.fold);
  expect(kept).toEqual(expect.arrayContaining(run.folds.map(({ fold }) => fold)));
  const checkpoints = await database.getAll('checkpoints');
  for (const event of harness.runEvents()) {
    if (event.type !== 'kept' || kept.includes(event.fold)) continue;
    expect(checkpoints.some(({ fold, step }) => fold === event.fold && step >= event.step)).toBe(true);
  }
}

let whole: Awaited<ReturnType<typeof results>>;
let writes = 0;
beforeAll(async () => {
  const harness = await fresh();
  disk = failDisk({ at: Infinity, kind: 'full', fromThenOn: false });
  await harness.job.start('q', asked);
  writes = disk.writes;
  disk.remove();
  whole = await results(harness.database);
});

/** One story: what the page was told last is what the record says, as far as that could be written, and why. */
async function expectOneStory(harness: JobHarness): Promise<void> {
  const { states, runEvents, database } = harness;
  expect(states().at(-1)).toBe('interrupted');
  const events = runEvents();
  const unsaved = events.findLast((event) => event.type === 'unsaved');
  expect(unsaved).toMatchObject({ end: { state: 'succeeded', summary: { status: 'complete' } } });
  const error = events.findLast((event) => event.type === 'state')?.error;
  expect(error?.message).toMatch(/could not be saved.*kept before is still there/);
  expect(events.some(({ type }) => type === 'saved')).toBe(false);
  // No word of an end that is not: nothing failed, and nothing is kept that is not.
  const said = events.flatMap((event) => (event.type === 'log' ? [event.entry.message] : [])).join('\n');
  expect(said).not.toMatch(/report is kept|Failed/);
  const run = await getRun(database, 'run');
  const report = await getReport(database, 'run');
  if (run?.state === 'interrupted') expect(run.error).toEqual(error);
  else expect(run && isAtWork(run.state)).toBe(true);
  expect(report).toBeNull();
}

const everyWrite = (): number[] => Array.from({ length: writes }, (_, i) => i + 1);
const everyThirdWrite = (): number[] => everyWrite().filter((at) => at > 1 && at % 3 === 0);

describe('from the nth write on there is no room', () => {
  test.each(['full', 'aborted'] as const)('%s: once there is, the end is saved from this tab', async (kind) => {
    expect(writes).toBeGreaterThan(40);
    for (const at of everyWrite()) {
      const harness = await fresh();
      disk = failDisk({ at, kind, fromThenOn: true });
      const { waits, done } = await begin(harness);
      if (!waits) {
        // Not even its record: it was refused, and nothing of it is here.
        expect(at).toBe(1);
        expect(harness.events).toMatchObject([{ type: 'failed' }]);
        expect(await getRun(harness.database, 'run')).toBeNull();
        disk.remove();
        continue;
      }
      await expectOneStory(harness);
      await expectKept(harness, harness.database);
      // Still none: the same story once more.
      harness.job.saveEnd('run', { withModel: true });
      await expect.poll(() => harness.runEvents().filter(({ type }) => type === 'unsaved').length).toBe(2);
      await expectOneStory(harness);
      disk.mend();
      harness.job.saveEnd('run', { withModel: true });
      await done;
      expect(harness.states().at(-1)).toBe('succeeded');
      expect(harness.runEvents().at(-1)).toEqual({ type: 'saved' });
      expect(await results(harness.database)).toEqual(whole);
      expect(await getUnfinished(harness.database, 'run')).toMatchObject({ context: null, folds: [], finals: [] });
      disk.remove();
    }
  });

  test('the tab is closed instead: at the next start the run is broken off, and resumed it has the same report', async () => {
    for (const at of everyWrite().slice(1)) {
      const harness = await fresh();
      disk = failDisk({ at, kind: 'full', fromThenOn: true });
      expect((await begin(harness)).waits).toBe(true);
      const next = await nextStart(harness);
      // Settled while the disk is still full: what cannot be written is told all the same.
      const { runIds } = await recoverRuns(ports(next.database), null);
      const before = await getRun(next.database, 'run');
      expect(before?.state === 'interrupted' || runIds.includes('run')).toBe(true);
      disk.mend();
      await recoverRuns(ports(next.database), null);
      expect((await getRun(next.database, 'run'))?.state).toBe('interrupted');
      await expectKept(harness, next.database);
      await next.job.resumeRun('q', 'run', null);
      expect(await results(next.database)).toEqual(whole);
      disk.remove();
    }
  });

  test('or finished with what there is: its report has every fold that was told as kept', async () => {
    for (const at of everyThirdWrite()) {
      const harness = await fresh();
      disk = failDisk({ at, kind: 'full', fromThenOn: true });
      await begin(harness);
      disk.mend();
      const next = await nextStart(harness);
      await recoverRuns(ports(next.database), null);
      const folds = (await getRun(next.database, 'run'))?.folds.length ?? 0;
      await finishInterrupted(ports(next.database), 'run');
      const run = await getRun(next.database, 'run');
      const report = await getReport(next.database, 'run');
      expect(run?.state).toBe('stopped');
      expect(report === null ? 0 : classificationReport(report).cross_validation.folds.length).toBe(folds);
      disk.remove();
    }
  });
});

test.each(['full', 'aborted'] as const)(
  'only the nth write fails (%s): the run ends as if nothing had been',
  async (kind) => {
    for (const at of everyWrite().slice(1)) {
      const harness = await fresh();
      disk = failDisk({ at, kind, fromThenOn: false });
      const { waits, done } = await begin(harness);
      expect(disk.failed).toBe(1);
      if (waits) harness.job.saveEnd('run', { withModel: true });
      await done;
      expect(await results(harness.database)).toEqual(whole);
      disk.remove();
    }
  },
);

describe('an end that waits', () => {
  async function waiting(at = Infinity) {
    const harness = await fresh();
    disk = failDisk({ at: Math.min(at, writes - 1), kind: 'full', fromThenOn: true });
    const { done } = await begin(harness);
    return { ...harness, done };
  }

  test('holds the lock of its run: no other tab takes the run up, or settles it', async () => {
    let held = 0;
    const harness = await createHarness({
      tryLock: async (body) => {
        held++;
        try {
          return await body();
        } finally {
          held--;
        }
      },
    });
    await addDataset(harness.database, 'd', spamRows(14));
    disk = failDisk({ at: 2, kind: 'full', fromThenOn: true });
    const { done } = await begin(harness);
    expect(held).toBe(1);
    disk.mend();
    harness.job.saveEnd('run', { withModel: true });
    await done;
    expect(held).toBe(0);
  });

  test('is saved without its model where a person wants that, and the log says so', async () => {
    const { database, job, done } = await waiting();
    disk?.mend();
    job.saveEnd('run', { withModel: false });
    await done;
    const run = await getRun(database, 'run');
    expect(run).toMatchObject({ state: 'succeeded', hasWeights: false, summary: { status: 'complete' } });
    expect(await getWeights(database, 'run')).toBeNull();
    expect(run?.log.at(-1)?.message).toMatch(/saved without the trained model \([\d.]+ .?B\)/);
  });

  test('is saved whole when the record was cleared away with all else meanwhile', async () => {
    const { database, job, done } = await waiting();
    disk?.mend();
    for (const store of database.objectStoreNames) await database.clear(store);
    job.saveEnd('run', { withModel: true });
    await done;
    const { curve, ...kept } = await results(database);
    const { curve: all, ...expected } = whole;
    expect(kept).toEqual(expected);
    // Told all, where the folds of a run stand in the order they were trained.
    expect(curve).toHaveLength(all.length);
    expect((await getRun(database, 'run'))?.settings).not.toBeNull();
  });

  test('a cancel that cannot be written waits too, and ends as cancelled', async () => {
    const harness = await fresh();
    disk = failDisk({ at: 8, kind: 'full', fromThenOn: true });
    harness.onPost((event) => {
      if (event.type === 'run' && event.events.some(({ type }) => type === 'points')) harness.job.cancel('run');
    });
    const { waits, done } = await begin(harness);
    expect(waits).toBe(true);
    expect(harness.runEvents().findLast(({ type }) => type === 'unsaved')).toMatchObject({
      end: { state: 'cancelled', summary: null, modelBytes: 0 },
    });
    disk.mend();
    harness.job.saveEnd('run', { withModel: true });
    await done;
    expect(await getRun(harness.database, 'run')).toMatchObject({ state: 'cancelled', summary: null });
  });
});
