import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError, toErrorData } from '../../src/core/errors';
import { TrainingClient } from '../../src/worker/client';
import type { RunEvent } from '../../src/worker/protocol';
import { fakeWorkers } from '../helpers/fake-worker';
import { request } from '../helpers/job';

const BASE = 'https://example.org/hone/';

describe('the live run', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const state = (name: 'running' | 'succeeded'): RunEvent => ({ type: 'state', state: name, error: null });

  async function started(change: Parameters<typeof request>[0] = {}) {
    const { made, create } = fakeWorkers();
    const client = new TrainingClient(BASE, create);
    const run = { onEvents: vi.fn<(events: RunEvent[]) => void>(), onLost: vi.fn() };
    const starting = client.start(request(change), run);
    made[0]?.answer({ type: 'started', requestId: made[0].lastId });
    await starting;
    const post = (...events: RunEvent[]): void => made[0]?.answer({ type: 'run', runId: 'run', events });
    return { made, client, run, post };
  }

  test('its events arrive in order, and its worker ends with it', async () => {
    const { made, client, run, post } = await started();
    post(state('running'));
    expect(made[0]?.terminated).toBe(false);
    post(state('succeeded'), { type: 'saved' });
    expect(run.onEvents.mock.calls).toEqual([[[state('running')]], [[state('succeeded'), { type: 'saved' }]]]);
    expect(made[0]?.terminated).toBe(true);
    expect(run.onLost).not.toHaveBeenCalled();
    void client.start(request({ runId: 'next' }), run).catch(() => undefined);
    expect(made).toHaveLength(2);
  });

  test('that its record is saved arrives even in a later batch than its end', async () => {
    const { made, run, post } = await started();
    post(state('succeeded'));
    expect(made[0]?.terminated).toBe(false);
    post({ type: 'saved' });
    expect(run.onEvents).toHaveBeenLastCalledWith([{ type: 'saved' }]);
    expect(made[0]?.terminated).toBe(true);
  });

  test('a second run is refused while one works', async () => {
    const { client, run } = await started();
    await expect(client.start(request({ runId: 'two' }), run)).rejects.toMatchObject({ code: 'busy' });
  });

  test('a run that was refused leaves room for another', async () => {
    const { made, create } = fakeWorkers();
    const client = new TrainingClient(BASE, create);
    const run = { onEvents: vi.fn(), onLost: vi.fn() };
    const refused = client.start(request(), run);
    const error = toErrorData(new AppError('busy', 'Another tab trains.'));
    made[0]?.answer({ type: 'failed', requestId: made[0].lastId, error });
    await expect(refused).rejects.toMatchObject({ message: 'Another tab trains.' });
    const second = client.start(request(), run);
    made[0]?.answer({ type: 'started', requestId: made[0].lastId });
    await second;
  });

  const lost = {
    type: 'state',
    state: 'interrupted',
    error: toErrorData(new AppError('device-lost', 'The GPU was lost.')),
  } as const;
  const types = (run: { onEvents: { mock: { calls: RunEvent[][][] } } }) =>
    run.onEvents.mock.calls.flat(2).map((event) => (event.type === 'state' ? event.state : event.type));

  test('a lost device ends its worker, and the next goes on with the run by itself; nobody sees a broken run', async () => {
    const { made, run, post } = await started();
    post({ type: 'log', entry: { at: 1, message: 'The GPU was lost.' } }, lost, { type: 'saved' });
    expect(made[0]?.terminated).toBe(true);
    expect(made[1]?.sent.at(-1)).toMatchObject({ type: 'resume-run', runId: 'run', because: { code: 'device-lost' } });
    made[1]?.answer({ type: 'started', requestId: made[1].lastId });
    made[1]?.answer({ type: 'run', runId: 'run', events: [state('succeeded'), { type: 'saved' }] });
    expect(types(run)).toEqual(['log', 'succeeded', 'saved']);
    expect(run.onLost).not.toHaveBeenCalled();
  });

  test.each([
    ['webgpu', /allocation failed.*four times.*use the GPU, then resume it; or start it again on the processor/s],
    ['wasm', /allocation failed.*four times.*reload this page, then resume it\.$/s],
  ] as const)(
    'so does a worker that dies; after three in ten minutes a run on %s waits, with advice',
    async (backend, words) => {
      const { made, run } = await started({ backend });
      for (const worker of [0, 1, 2]) {
        made[worker]?.die('RangeError: Array buffer allocation failed');
        await vi.advanceTimersByTimeAsync(0);
        expect(made[worker + 1]?.sent.at(-1)).toMatchObject({ type: 'resume-run', because: { code: 'internal' } });
        expect(run.onLost).not.toHaveBeenCalled();
      }
      made[3]?.die('RangeError: Array buffer allocation failed');
      expect(made).toHaveLength(4);
      expect(run.onLost.mock.calls).toEqual([
        ['interrupted', expect.objectContaining({ message: expect.stringMatching(words) })],
      ]);
      if (backend === 'wasm') expect(JSON.stringify(run.onLost.mock.calls)).not.toContain('GPU');
    },
  );

  test('a next worker that refuses leaves the run waiting, with the reason', async () => {
    const { made, run, post } = await started();
    post(lost, { type: 'saved' });
    const error = toErrorData(new AppError('checkpoint-foreign', 'Another version.'));
    made[1]?.answer({ type: 'failed', requestId: made[1].lastId, error });
    await vi.advanceTimersByTimeAsync(0);
    expect(run.onLost).toHaveBeenCalledWith('interrupted', expect.objectContaining({ message: 'Another version.' }));
  });

  test('a run that could not begin to go on is shown as broken off, and is not tried again', async () => {
    const { made, run, post } = await started();
    const error = toErrorData(new AppError('model-missing', 'Offline.'));
    post({ type: 'state', state: 'interrupted', error }, { type: 'saved' });
    expect(types(run)).toEqual(['interrupted', 'saved']);
    expect(made).toHaveLength(1);
  });

  test('a person’s resume is a run like any other', async () => {
    const { made, create } = fakeWorkers();
    const client = new TrainingClient(BASE, create);
    const run = { onEvents: vi.fn(), onLost: vi.fn() };
    const resuming = client.resumeRun(request(), run);
    expect(made[0]?.sent.at(-1)).toMatchObject({ type: 'resume-run', runId: 'run', because: null });
    made[0]?.answer({ type: 'started', requestId: made[0].lastId });
    await resuming;
    client.checkpoint('run');
    client.checkpoint('another');
    expect(made[0]?.sent.slice(2)).toEqual([{ type: 'checkpoint', runId: 'run' }]);
  });

  test.each(['start', 'resumeRun'] as const)(
    'a worker that dies before the run has begun refuses the %s and nothing else: the run is as it was',
    async (begin) => {
      const { made, create } = fakeWorkers();
      const client = new TrainingClient(BASE, create);
      const run = { onEvents: vi.fn(), onLost: vi.fn() };
      const beginning = client[begin](request(), run);
      made[0]?.die('syntax error');
      await expect(beginning).rejects.toMatchObject({ message: expect.stringContaining('syntax error') });
      expect(run.onLost).not.toHaveBeenCalled();
      expect(made).toHaveLength(1);
      void client.start(request(), run).catch(() => undefined);
      expect(made).toHaveLength(2);
    },
  );

  test('pause, resume, stop and cancel are passed on with the run they mean', async () => {
    const { made, client } = await started();
    client.pause('run');
    client.resume('run');
    client.stop('run');
    client.cancel('run');
    expect(made[0]?.sent.slice(2)).toEqual(
      ['pause', 'resume', 'stop', 'cancel'].map((type) => ({ type, runId: 'run' })),
    );
  });

  test('a worker that does not obey a cancel is ended by force', async () => {
    const { made, client, run } = await started();
    client.cancel('run');
    vi.advanceTimersByTime(9_000);
    expect(made[0]?.terminated).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(made[0]?.terminated).toBe(true);
    expect(run.onLost).toHaveBeenCalledWith('cancelled', expect.objectContaining({ code: 'cancelled' }));
  });

  test('a cancel of a run that was then refused ends no later run', async () => {
    const { made, create } = fakeWorkers();
    const client = new TrainingClient(BASE, create);
    const run = { onEvents: vi.fn(), onLost: vi.fn() };
    const refused = client.resumeRun(request(), run);
    const id = made[0]?.lastId;
    client.cancel('run');
    const error = toErrorData(new AppError('checkpoint-foreign', 'Another version.'));
    made[0]?.answer({ type: 'failed', requestId: id, error });
    await expect(refused).rejects.toMatchObject({ code: 'checkpoint-foreign' });
    const next = client.start(request({ runId: 'next' }), run);
    made[0]?.answer({ type: 'started', requestId: made[0].lastId });
    await next;
    vi.advanceTimersByTime(20_000);
    expect(made[0]?.terminated).toBe(false);
    expect(run.onLost).not.toHaveBeenCalled();
  });

  const cancelled = [['cancelled', expect.objectContaining({ code: 'cancelled', message: 'Cancelled.' })]];

  test('a worker that dies before it obeyed a cancel has no follower, whatever is pressed after it', async () => {
    const { made, client, run } = await started();
    client.cancel('run');
    client.pause('run');
    made[0]?.die('out of stack');
    expect(made).toHaveLength(1);
    expect(run.onLost.mock.calls).toEqual(cancelled);
    vi.advanceTimersByTime(20_000);
    expect(run.onLost).toHaveBeenCalledTimes(1);
  });

  test('nor has one whose device failed, or one that could not begin to go on', async () => {
    for (const error of [lost.error, toErrorData(new AppError('model-missing', 'Offline.'))]) {
      const { made, client, run, post } = await started();
      client.cancel('run');
      post({ type: 'state', state: 'interrupted', error }, { type: 'saved' });
      expect(made).toHaveLength(1);
      expect(run.onLost.mock.calls).toEqual(cancelled);
    }
  });

  test('a cancel between two workers is told to the next, and holds where that refuses', async () => {
    const { made, client, run, post } = await started();
    post(lost, { type: 'saved' });
    const id = made[1]?.lastId;
    client.cancel('run');
    expect(made[1]?.sent.at(-1)).toEqual({ type: 'cancel', runId: 'run' });
    const error = toErrorData(new AppError('busy', 'Another tab trains.'));
    made[1]?.answer({ type: 'failed', requestId: id, error });
    await vi.advanceTimersByTimeAsync(0);
    expect(run.onLost.mock.calls).toEqual(cancelled);
  });

  test('a stop that a dying worker did not obey is told to the next', async () => {
    const { made, client } = await started();
    client.stop('run');
    made[0]?.die('out of stack');
    expect(made[1]?.sent.slice(1).map(({ type }) => type)).toEqual(['resume-run', 'stop']);
  });

  test('a cancel that was obeyed ends no later worker', async () => {
    const { made, client, run, post } = await started();
    client.cancel('run');
    post({ type: 'state', state: 'cancelled', error: null }, { type: 'saved' });
    void client.start(request({ runId: 'next' }), run).catch(() => undefined);
    vi.advanceTimersByTime(20_000);
    expect(made[1]?.terminated).toBe(false);
  });
});

describe('questions', () => {
  test('a withdrawn question is told to the worker, which stays', async () => {
    const { made, create } = fakeWorkers();
    const client = new TrainingClient(BASE, create);
    const abort = new AbortController();
    const asked = client.predict('run', 'wasm', ['text'], { signal: abort.signal });
    const id = made[0]?.lastId;
    abort.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    expect(made[0]?.sent.at(-1)).toEqual({ type: 'cancel-request', requestId: id });
    expect(made[0]?.terminated).toBe(false);
  });

  test('after a lost GPU the next question has a worker of its own; after other faults the worker stays', async () => {
    const { made, create } = fakeWorkers();
    const client = new TrainingClient(BASE, create);
    const ask = async (code: 'device-lost' | 'not-found'): Promise<void> => {
      const asked = client.predict('run', 'webgpu', ['text']);
      const worker = made.at(-1);
      const error = toErrorData(new AppError(code, 'No.'));
      worker?.answer({ type: 'failed', requestId: worker.lastId, error });
      await expect(asked).rejects.toMatchObject({ code });
    };
    await ask('not-found');
    await ask('device-lost');
    expect(made.map(({ terminated }) => terminated)).toEqual([true]);
    await ask('not-found');
    expect(made.map(({ terminated }) => terminated)).toEqual([true, false]);
  });

  test('the device is told in words, or why there is none', async () => {
    const { made, create } = fakeWorkers();
    const asked = new TrainingClient(BASE, create).describe();
    made[0]?.answer({ type: 'described', requestId: made[0].lastId, webgpu: null, reason: 'No GPU.', limits: null });
    expect(await asked).toEqual({ webgpu: null, reason: 'No GPU.', limits: null });
  });
});
