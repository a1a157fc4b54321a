import { nodeCheckTools } from '../helpers/check-tools';
/** A run that breaks off and is gone on with is the run that never broke off: same report, same weights, same curve, to the bit. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors';
import { autoChoices } from '../../src/core/settings/defaults';
import type { RunRequest } from '../../src/core/run/record';
import { openDatabase } from '../../src/storage/database';
import { saveDataset } from '../../src/storage/datasets';
import { readCheckpoints, saveCheckpoint } from '../../src/storage/checkpoints';
import { getCurve, getReport, getRun, getUnfinished, getWeights, listRuns, updateRun } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import { TrainingJob } from '../../src/worker/job';
import type { RunEvent } from '../../src/worker/protocol';
import { finishInterrupted, recoverRuns } from '../../src/worker/recover';
import { addDataset, createHarness, type JobHarness, request, spamRows } from '../helpers/job';
import { tinyModelFiles } from '../helpers/tiny-model';
import { contents, fillDiskAtPut, sampleDataset } from '../helpers/storage';

const choices = { ...autoChoices(), nEpochs: 3, batchSize: 4, layers: 1, maxSteps: 8 } as const;
const plan = { folds: 2, test: { kind: 'hold-out', share: 0.25 } } as const;
const asked = (change: Partial<RunRequest>): RunRequest => request({ choices, evaluation: plan, ...change });

/** What must be equal: everything but times. */
async function results(database: HoneDatabase) {
  const run = await getRun(database, 'run');
  const report = await getReport(database, 'run');
  const timeless = (key: string, value: unknown): unknown =>
    ['timings', 'created_at', 'seconds'].includes(key) ? 'a time' : value;
  return {
    state: run?.state,
    report: JSON.parse(JSON.stringify(report, timeless)) as unknown,
    folds: run?.folds.map(({ seconds: _, ...fold }) => fold),
    weights: await getWeights(database, 'run'),
    curve: await getCurve(database, 'run'),
  };
}

async function uninterrupted(change: Partial<RunRequest>, rows = spamRows(32)) {
  const { database, job } = await createHarness();
  await addDataset(database, 'd', rows);
  await job.start('q', asked(change));
  return results(database);
}

/** Whatever the run does after the `nth` event of this kind: nothing of it reaches the disk, as when a process is killed. */
function killAt(harness: JobHarness, kind: RunEvent['type'], nth: number): void {
  let seen = 0;
  harness.onPost((event) => {
    if (event.type !== 'run') return;
    seen += event.events.filter(({ type }) => type === kind).length;
    if (seen < nth) return;
    harness.database.close();
    throw new Error('killed');
  });
}

/** The next start of the page: settles what died, and gives a job over the same database. */
async function nextStart(harness: JobHarness, change: Partial<JobHarness['ports']> = {}): Promise<JobHarness> {
  const next = await createHarness(change);
  const database = await openDatabase({ name: harness.database.name });
  next.ports.database = database;
  await recoverRuns(
    { database, now: () => 1, checkTools: nodeCheckTools, tryLock: (body) => body(), lock: (body) => body() },
    null,
  );
  return { ...next, database, job: new TrainingJob(next.ports) };
}

async function killed(change: Partial<RunRequest>, kind: RunEvent['type'], nth: number): Promise<JobHarness> {
  const harness = await createHarness();
  await addDataset(harness.database, 'd', spamRows(32));
  killAt(harness, kind, nth);
  await harness.job.start('q', asked(change));
  return nextStart(harness);
}

const log = async (database: HoneDatabase) => (await getRun(database, 'run'))?.log.map(({ message }) => message) ?? [];

describe.each(['top-layers', 'full', 'few-examples'] as const)('%s', (method) => {
  test('killed at any step, resumed, killed again: the same bits', async () => {
    const whole = await uninterrupted({ method });
    expect(whole.state).toBe('succeeded');
    const points = whole.curve.length;
    for (const nth of [1, 2, Math.floor(points / 3), Math.floor(points / 2), points - 1]) {
      let harness = await killed({ method }, 'points', nth);
      expect((await getRun(harness.database, 'run'))?.state).toBe('interrupted');
      killAt(harness, 'points', 3);
      await harness.job.resumeRun('q', 'run', null);
      harness = await nextStart(harness);
      if ((await getRun(harness.database, 'run'))?.state === 'interrupted') {
        await harness.job.resumeRun('q', 'run', null);
      }
      expect(await results(harness.database)).toEqual(whole);
      expect(tf.memory().numTensors).toBe(0);
    }
  });
});

test('features only, killed between its folds: nothing is computed twice, and the report is the same', async () => {
  const whole = await uninterrupted({ method: 'features' });
  const harness = await killed({ method: 'features' }, 'fold', 1);
  await harness.job.resumeRun('q', 'run', null);
  expect(await results(harness.database)).toEqual(whole);
  // The fold that was done is not told again; the page has it from the record.
  expect(harness.runEvents().filter(({ type }) => type === 'fold')).toHaveLength(1);
});

test('the report of a resumed run tells what reading its texts took before it broke off', async () => {
  const { database, job } = await killed({ method: 'top-layers' }, 'kept', 1);
  expect((await getRun(database, 'run'))?.featuresSeconds).toBeGreaterThan(0);
  await updateRun(database, 'run', { featuresSeconds: 100 });
  await job.resumeRun('q', 'run', null);
  expect((await getReport(database, 'run'))?.timings.features).toBeGreaterThanOrEqual(100);
});

describe('what the page is told', () => {
  test('all that was told before comes first, once; the log says why and from where', async () => {
    const harness = await killed({ method: 'top-layers' }, 'kept', 3);
    await harness.job.resumeRun('q', 'run', null);
    const events = harness.runEvents();
    const [first] = events;
    if (first?.type !== 'resumed') throw new Error(`The first is «${first?.type}».`);
    expect(first.message).toMatch(/^Resumed; going on from (step \d+|the end) of fold \d\.$/);
    const later = events.flatMap((event) => (event.type === 'points' ? event.points : []));
    expect([...first.points, ...later]).toEqual(await getCurve(harness.database, 'run'));
    expect(await log(harness.database)).toContain(first.message);
    expect(harness.states()).toEqual(['validating', 'queued', 'running', 'succeeded']);
  });

  test('a lost GPU leaves the run interrupted with its error, and the next worker says so and goes on', async () => {
    const whole = await uninterrupted({ method: 'top-layers' });
    const harness = await createHarness();
    await addDataset(harness.database, 'd', spamRows(32));
    let points = 0;
    harness.onPost((event) => {
      if (event.type !== 'run' || !event.events.some(({ type }) => type === 'points')) return;
      if (++points !== 9) return;
      throw new AppError('device-lost', 'The GPU was lost.');
    });
    const announced: (string | undefined)[] = [];
    harness.ports.announce = () => void announced.push(harness.states().at(-1));
    await harness.job.start('q', asked({ method: 'top-layers' }));
    // Of its begin, before any state; another tab that heard of its end would offer to resume what the next worker does.
    expect(announced).toEqual([undefined]);
    const error = (await getRun(harness.database, 'run'))?.error ?? null;
    expect(error).toMatchObject({ code: 'device-lost' });
    expect(harness.events.at(-1)).toMatchObject({
      type: 'run',
      events: [{ type: 'state', state: 'interrupted', error: { code: 'device-lost' } }, { type: 'saved' }],
    });
    await harness.job.resumeRun('q2', 'run', error);
    expect(announced.at(-1)).toBe('succeeded');
    expect(await log(harness.database)).toContainEqual(expect.stringMatching(/^The GPU was lost; going on from /));
    expect(await results(harness.database)).toEqual(whole);
    expect((await getRun(harness.database, 'run'))?.error).toBeNull();
  });
});

describe('what is on the disk', () => {
  test('a pause stands still on a checkpoint of that very step', async () => {
    const harness = await createHarness();
    const { database, job } = harness;
    await addDataset(database, 'd', spamRows(32));
    let points = 0;
    const stood: { steps: unknown; at: unknown }[] = [];
    harness.onPost((event) => {
      if (event.type !== 'run') return;
      points += event.events.filter(({ type }) => type === 'points').length;
      if (points === 5 && event.events.some(({ type }) => type === 'points')) job.pause('run');
      if (event.events.some((one) => one.type === 'state' && one.state === 'paused')) {
        void (async () => {
          const records = await database.getAll('checkpoints');
          const kept = harness.runEvents().flatMap((one) => (one.type === 'points' ? one.points : []));
          stood.push({ steps: records.at(-1)?.step, at: kept.at(-1)?.step });
          job.resume('run');
        })();
      }
    });
    await job.start('q', asked({ method: 'top-layers' }));
    expect(stood).toHaveLength(1);
    expect(stood[0]?.steps).toBe(stood[0]?.at);
  });

  test('the newest checkpoint damaged: the one before is taken, said, and the bits are the same', async () => {
    const whole = await uninterrupted({ method: 'full' });
    const harness = await killed({ method: 'full' }, 'kept', 3);
    const shard = (await harness.database.getAll('shards')).at(-1);
    if (!shard) throw new Error('There is none.');
    shard.bytes[shard.bytes.length - 1] = (shard.bytes.at(-1) ?? 0) ^ 0x40;
    await harness.database.put('shards', shard);
    await harness.job.resumeRun('q', 'run', null);
    expect(await log(harness.database)).toContainEqual(expect.stringContaining('damaged'));
    expect(await results(harness.database)).toEqual(whole);
  });

  test('a fold whose piece could not be written is not told as kept, and is trained again', async () => {
    const whole = await uninterrupted({ method: 'top-layers' });
    const harness = await createHarness();
    await addDataset(harness.database, 'd', spamRows(32));
    // Nothing of the first fold reaches the disk.
    const original = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      const own = typeof value === 'object' && value !== null && 'part' in value && value.part === 'tuned';
      if (own && this.name === 'outcomes') throw new DOMException('The device is not ready.', 'UnknownError');
      return key === undefined ? original.call(this, value) : original.call(this, value, key);
    };
    let [told, dead] = [false, false];
    harness.onPost((event) => {
      if (event.type !== 'run') return;
      told ||= event.events.some(({ type }) => type === 'fold');
      dead ||= told && event.events.some((one) => one.type === 'kept' && one.fold === 1);
      if (dead) {
        harness.database.close();
        throw new Error('killed');
      }
    });
    await harness.job.start('q', asked({ method: 'top-layers' }));
    IDBObjectStore.prototype.put = original;
    const next = await nextStart(harness);
    // The record does not name what is not kept.
    expect((await getRun(next.database, 'run'))?.folds).toEqual([]);
    await next.job.resumeRun('q', 'run', null);
    const found = await results(next.database);
    expect(found.state).toBe('succeeded');
    expect([...(found.folds ?? [])].sort((a, b) => a.fold - b.fold)).toEqual(whole.folds);
  });

  test('a disk that is full at a checkpoint is said once; the run goes on to the same end', async () => {
    const whole = await uninterrupted({ method: 'top-layers' });
    const { database, job } = await createHarness();
    await addDataset(database, 'd', spamRows(32));
    const repairs = Array.from({ length: 50 }, (_, i) => fillDiskAtPut(i + 1, 'shards'));
    await job.start('q', asked({ method: 'top-layers' }));
    for (const repair of repairs.reverse()) repair();
    expect((await log(database)).filter((line) => line.startsWith('The disk is full'))).toHaveLength(1);
    expect(await results(database)).toEqual(whole);
  });
});

describe('a run that cannot be gone on with is refused in words and stays as it was', () => {
  const refusal = (harness: JobHarness) => harness.events.find(({ type }) => type === 'failed');

  test('while it works in another tab', async () => {
    const before = await killed({ method: 'top-layers' }, 'kept', 1);
    const harness = await nextStart(before, { awaitLock: () => Promise.resolve(null) });
    const stored = await contents(harness.database);
    await harness.job.resumeRun('q', 'run', null);
    expect(refusal(harness)).toMatchObject({
      error: { code: 'busy', message: expect.stringContaining('another tab') },
    });
    expect(await contents(harness.database)).toEqual(stored);
  });

  test('begun by another build of the app', async () => {
    const harness = await nextStart(await killed({ method: 'top-layers' }, 'kept', 1), { build: 'newer' });
    const stored = await contents(harness.database);
    await harness.job.resumeRun('q', 'run', null);
    expect(refusal(harness)).toMatchObject({ error: { code: 'checkpoint-foreign' } });
    expect(await contents(harness.database)).toEqual(stored);
  });

  test('of a method that this build does not know: it is listed, and can be finished with what there is', async () => {
    const harness = await nextStart(await killed({ method: 'top-layers' }, 'fold', 1), { build: 'older' });
    const { database, job } = harness;
    const { context } = await getUnfinished(database, 'run');
    if (!context) throw new Error('Its rows were split.');
    const settings = { ...context.settings, method: 'distilled' };
    await updateRun(database, 'run', { method: 'distilled', settings }, { ...context, settings });
    const stored = await contents(database);
    await job.resumeRun('q', 'run', null);
    expect(refusal(harness)).toMatchObject({
      error: { code: 'config-invalid', message: expect.stringContaining('does not know the method «distilled»') },
    });
    expect(await contents(database)).toEqual(stored);
    expect((await listRuns(database)).map(({ method }) => method)).toEqual(['distilled']);
    await finishInterrupted({ database, now: () => 1, checkTools: nodeCheckTools, tryLock: (body) => body() }, 'run');
    expect(await getRun(database, 'run')).toMatchObject({ state: 'stopped', hasWeights: true });
  });

  test.each([
    ['top-layers', 'head.bias', [3]],
    ['adapter', 'encoder.layer.1.output.dense.lora_A.weight', [3, 8]],
    ['adapter', 'encoder.layer.1.output.dense.lora_B.weight', [8, 3]],
  ] as const)('%s with %s of another shape: it waits with the reason', async (method, name, shape) => {
    const harness = await killed({ method }, 'kept', 1);
    const { database } = harness;
    const [fit] = (await readCheckpoints(database, 'run', 'test')).fits;
    const [record] = await database.getAll('checkpoints');
    if (!fit || !record) throw new Error('There is one.');
    const size = shape.reduce<number>((product, side) => product * side, 1);
    fit.weights.set(name, { shape: [...shape], values: new Float32Array(size) });
    await saveCheckpoint(database, record, fit, {}, null);
    await harness.job.resumeRun('q', 'run', null);
    expect(await getRun(database, 'run')).toMatchObject({
      state: 'interrupted',
      error: {
        code: 'checkpoint-foreign',
        message: expect.stringContaining(`«${name}» of shape [${shape.join(', ')}]`),
      },
    });
  });

  test('its model other weights of the same shapes: it waits with the reason, and what it had is kept', async () => {
    const files = tinyModelFiles(2);
    const modelFiles: JobHarness['ports']['modelFiles'] = () => ({
      read: (file) => Promise.resolve(files.get(file) ?? new Uint8Array()),
    });
    const harness = await nextStart(await killed({ method: 'top-layers' }, 'kept', 1), { modelFiles });
    const checkpoints = await harness.database.getAll('checkpoints');
    expect(checkpoints.length).toBeGreaterThan(0);
    await harness.job.resumeRun('q', 'run', null);
    expect(await getRun(harness.database, 'run')).toMatchObject({
      state: 'interrupted',
      error: { code: 'checkpoint-foreign', message: expect.stringContaining('data or the model of this run changed') },
    });
    expect(await harness.database.getAll('checkpoints')).toEqual(checkpoints);
  });

  test('over already, or deleted', async () => {
    const harness = await killed({ method: 'features' }, 'fold', 1);
    await harness.job.resumeRun('q', 'run', null);
    await harness.job.resumeRun('q2', 'run', null);
    expect(refusal(harness)).toMatchObject({ requestId: 'q2', error: { code: 'config-invalid' } });
    await harness.job.resumeRun('q3', 'gone', null);
    expect(harness.events.at(-1)).toMatchObject({ requestId: 'q3', error: { code: 'not-found' } });
  });

  test('with its data set deleted: opening the file again would not help, and is not advised', async () => {
    const harness = await killed({ method: 'top-layers' }, 'kept', 1);
    await harness.database.delete('datasets', 'd');
    const stored = await contents(harness.database);
    await harness.job.resumeRun('q', 'run', null);
    const message = expect.stringMatching(/data set .* was deleted.* Finish it with what there is/);
    expect(refusal(harness)).toMatchObject({ error: { code: 'not-found', message } });
    expect(await contents(harness.database)).toEqual(stored);
  });

  test('its data other rows: it waits as interrupted with the reason, and what it had is kept', async () => {
    const harness = await killed({ method: 'top-layers' }, 'kept', 2);
    const checkpoints = await harness.database.getAll('checkpoints');
    const rows = spamRows(32, 9);
    const dataset = sampleDataset('d', rows, { sha256: 'another' });
    await saveDataset(harness.database, { dataset, rows, tokenCounts: null, file: null });
    await harness.job.resumeRun('q', 'run', null);
    expect(await getRun(harness.database, 'run')).toMatchObject({
      state: 'interrupted',
      error: { code: 'checkpoint-foreign' },
    });
    expect(await harness.database.getAll('checkpoints')).toEqual(checkpoints);
    expect(harness.runEvents().at(-1)).toEqual({ type: 'saved' });
  });
});
