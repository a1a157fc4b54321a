import { afterEach, expect, test, vi } from 'vitest';
import type { CurvePoint, Run, RunProgress } from '../../../src/core/run/record';
import { openDatabase } from '../../../src/storage/database';
import type { HoneDatabase } from '../../../src/storage/schema';
import { Removals } from '../../../src/state/removals.svelte';
import { Runs } from '../../../src/state/runs.svelte';
import { Toasts } from '../../../src/state/toasts.svelte';
import { Training } from '../../../src/state/training.svelte';
import { TrainingClient } from '../../../src/worker/client';
import type { Recovered } from '../../../src/worker/data-client';
import type { RunEvent } from '../../../src/worker/protocol';
import { type FakeWorker, fakeWorkers } from '../../helpers/fake-worker';
import { sampleRun } from '../../helpers/run';

let database: HoneDatabase | undefined;
afterEach(() => database?.close());

const point: CurvePoint = {
  fold: 0,
  epoch: 1,
  step: 1,
  trainLoss: 0.5,
  learningRate: null,
  gradNorm: null,
  validLoss: null,
  metrics: null,
};

async function started(reload?: () => Promise<void>) {
  database = await openDatabase({ name: crypto.randomUUID() });
  const opened = Promise.resolve(database);
  const { made, create } = fakeWorkers();
  const toasts = new Toasts();
  const announce = vi.fn();
  const runs = new Runs(opened, { announce }, new Removals(toasts));
  if (reload) runs.reload = reload;
  const recover = vi.fn((): Promise<Recovered> => Promise.resolve({ runIds: [], fault: null }));
  const finishRun = vi.fn(() => Promise.resolve());
  const training = new Training(new TrainingClient(location.href, create), { recover, finishRun }, runs, toasts);
  /** Puts the record of a run into storage, as a worker does. */
  const keep = (id: string, change: Partial<Run> = {}): Promise<unknown> =>
    (database as HoneDatabase).put('runs', sampleRun(id, change));
  const { runId: _own, ...asked } = sampleRun('any').request;
  const starting = training.start(asked);
  const worker = made[0] as FakeWorker;
  worker.answer({ type: 'started', requestId: worker.lastId });
  const runId = await starting;
  const post = (...events: RunEvent[]): void => worker.answer({ type: 'run', runId, events });
  return { training, worker, made, runId, post, recover, finishRun, toasts, runs, announce, keep };
}

test('points are kept in order in one array, and the counter goes up once a batch', async () => {
  const { training, post } = await started();
  const before = training.pointsVersion;
  post({ type: 'points', points: [point, { ...point, step: 2 }] }, { type: 'points', points: [{ ...point, step: 3 }] });
  expect(training.points.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(training.pointsVersion).toBe(before + 1);
  post({ type: 'state', state: 'succeeded', error: null });
});

test('the tab says how far the run is, until it is over; then it has the title of its screen again', async () => {
  document.title = 'Data · Hone';
  const { training, post } = await started();
  post(
    { type: 'state', state: 'running', error: null },
    { type: 'progress', progress: { progress: 0.349 } as RunProgress },
  );
  expect(document.title).toBe('34 % · Hone');
  expect(training.busy).toBe(true);
  document.title = 'Runs · Hone';
  post({ type: 'progress', progress: { progress: 0.5 } as RunProgress });
  expect(document.title).toBe('50 % · Hone');
  post({ type: 'state', state: 'succeeded', error: null }, { type: 'saved' });
  expect(document.title).toBe('Runs · Hone');
  expect(training.busy).toBe(false);
});

test('a record that cannot be read again is said, and the run counts as started', async () => {
  const { training, post, toasts } = await started(() => Promise.reject(new Error('storage gone')));
  const said = () => toasts.list.map(({ message }) => message);
  expect(said()).toEqual(['storage gone']);
  post({ type: 'state', state: 'running', error: null });
  expect(training.busy).toBe(true);
  post({ type: 'state', state: 'succeeded', error: null }, { type: 'saved' });
  await vi.waitFor(() => expect(said()).toEqual(['storage gone', 'storage gone']));
});

test('leaving the page while a run works asks first, and not afterwards', async () => {
  const { post } = await started();
  const leave = (): boolean => dispatchEvent(new Event('beforeunload', { cancelable: true }));
  expect(leave()).toBe(false);
  post({ type: 'state', state: 'succeeded', error: null });
  expect(leave()).toBe(true);
});

test('a worker that dies has a follower; after the third the run waits with its words, and the other tabs hear of it', async () => {
  const { training, made, runId, runs, recover, announce, keep } = await started();
  await keep(runId);
  let settle = (): void => undefined;
  recover.mockImplementation(async () => {
    await new Promise<void>((resolve) => (settle = resolve));
    await keep(runId, { state: 'interrupted' });
    return { runIds: [runId], fault: null };
  });
  for (const worker of [0, 1, 2, 3]) {
    await vi.waitFor(() => expect(made).toHaveLength(worker + 1));
    expect(training.busy).toBe(true);
    made[worker]?.die('out of memory');
  }
  // Said at once, however long its record has to wait for a lock.
  expect(training.state).toBe('interrupted');
  expect(training.error?.message).toContain('out of memory');
  expect(recover).toHaveBeenCalledWith(expect.objectContaining({ runId, state: 'interrupted' }));
  expect(announce).not.toHaveBeenCalled();
  settle();
  await vi.waitFor(() => expect(announce).toHaveBeenCalledWith('runs'));
  expect(runs.byId(runId)?.state).toBe('interrupted');
});

test('a stop is asked for once, until the rungs of a search are behind it: then it is of the final fit', async () => {
  const { training, worker, post } = await started();
  const stops = (): number => worker.sent.filter(({ type }) => type === 'stop').length;
  post({ type: 'state', state: 'running', error: null });
  training.stop();
  training.stop();
  expect([training.stopping, stops()]).toEqual([true, 1]);
  const now = { rung: 'features', candidate: 0, tries: 0, done: 1, share: 1 };
  const search = { table: null, skipped: [], stopped: false };
  post({ type: 'search', search: { ...search, now } });
  expect(training.stopping).toBe(true);
  post({ type: 'search', search: { ...search, now: null, stopped: true } });
  expect(training.stopping).toBe(false);
  training.stop();
  expect([training.stopping, stops()]).toEqual([true, 2]);
  post({ type: 'state', state: 'stopped', error: null });
  expect(training.stopping).toBe(false);
});

test('a run that broke off here is told by its record from then on: another tab may go on with it', async () => {
  const { training, runId, post, runs, keep } = await started();
  await keep(runId, { state: 'interrupted' });
  post({ type: 'state', state: 'interrupted', error: null }, { type: 'saved' });
  expect(training.runId).toBe(runId);
  await vi.waitFor(() => expect(training.runId).toBeNull());
  expect(runs.byId(runId)?.state).toBe('interrupted');
});

test('once it is finished with what there is, nothing says that it can be resumed, here or in other tabs', async () => {
  const { training, runId, post, runs, finishRun, announce, keep } = await started();
  await keep(runId, { state: 'interrupted' });
  post({ type: 'state', state: 'interrupted', error: null }, { type: 'saved' });
  await vi.waitFor(() => expect(training.runId).toBeNull());
  finishRun.mockImplementation(() => keep(runId, { state: 'stopped' }).then(() => undefined));
  await training.finish(runId);
  expect(training.state).toBeNull();
  expect(runs.byId(runId)?.state).toBe('stopped');
  expect(announce).toHaveBeenCalledWith('runs');
});

test('a run that another tab deleted, or that is about to be deleted here, is not gone on with', async () => {
  const { training, runId, post, runs, made, keep } = await started();
  post({ type: 'state', state: 'succeeded', error: null }, { type: 'saved' });
  await keep('old', { state: 'interrupted' });
  await runs.refresh();
  runs.remove('old');
  for (const id of ['old', 'gone']) await expect(training.goOn(id)).rejects.toMatchObject({ code: 'not-found' });
  expect(made).toHaveLength(1);
  expect(training.runId).toBe(runId);
});

test('a run that goes on shows what it told before, and why and from where it goes on', async () => {
  const { training, post } = await started();
  post({ type: 'points', points: [point, { ...point, step: 2 }] });
  const entry = { at: 1, message: 'Fold 1 done.' };
  post(
    {
      type: 'resumed',
      message: 'The GPU was lost; going on from step 1 of fold 1.',
      points: [point],
      folds: [],
      log: [entry],
    },
    { type: 'kept', fold: 0, step: 1 },
  );
  post({ type: 'points', points: [{ ...point, step: 2 }] });
  expect(training.points.map(({ step }) => step)).toEqual([1, 2]);
  expect(training.log).toEqual([entry]);
  expect(training.resumed).toContain('going on from step 1');
  expect(training.kept).toEqual({ fold: 0, step: 1 });
  post({ type: 'state', state: 'succeeded', error: null });
});

test('a run that broke off is not at work: another may be started, and leaving does not ask', async () => {
  const { training, post } = await started();
  post({ type: 'state', state: 'interrupted', error: null });
  expect(training.busy).toBe(false);
  expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(true);
});

test('a person’s resume asks for the run by its own id; a refusal leaves no live run', async () => {
  const { training, made, post, runs, recover, keep } = await started();
  post({ type: 'state', state: 'succeeded', error: null }, { type: 'saved' });
  await keep('old', { state: 'interrupted' });
  await runs.refresh();
  const refused = training.goOn('old');
  expect(made[1]?.sent.at(-1)).toMatchObject({ type: 'resume-run', runId: 'old', because: null });
  const error = { code: 'checkpoint-foreign', message: 'Another version.', stack: '', details: {} };
  made[1]?.answer({ type: 'failed', requestId: made[1].lastId, error });
  await expect(refused).rejects.toMatchObject({ code: 'checkpoint-foreign' });
  expect(training.busy).toBe(false);
  expect(training.runId).toBeNull();
  expect(recover).not.toHaveBeenCalled();
  expect(runs.byId('old')?.state).toBe('interrupted');
});
