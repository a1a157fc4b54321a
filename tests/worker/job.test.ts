import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import * as v from 'valibot';
import { AppError } from '../../src/core/errors';
import { reportSchema } from '../../src/core/report/report';
import { autoChoices } from '../../src/core/settings/defaults';
import { getCurve, getReport, getRun, getUnfinished, getWeights } from '../../src/storage/runs';
import { addDataset, createHarness, request, spamRows } from '../helpers/job';
import { nodeThreads } from '../helpers/threads';
import { contents } from '../helpers/storage';
import { classificationReport } from '../helpers/classification-report';

const fast = { ...autoChoices(), nEpochs: 2, batchSize: 8, layers: 1 } as const;

describe('a run to the end', () => {
  test('features only: every state, a valid report, and weights for Try', async () => {
    const { database, job, events, states, runEvents } = await createHarness();
    await addDataset(database, 'd', spamRows(36));
    await job.start('q', request({ evaluation: { folds: 3, test: { kind: 'hold-out', share: 0.25 } } }));
    expect(events[0]).toEqual({ type: 'started', requestId: 'q' });
    expect(states()).toEqual(['validating', 'queued', 'running', 'succeeded']);
    const run = await getRun(database, 'run');
    const report = classificationReport(await getReport(database, 'run'));
    expect(run).toMatchObject({ state: 'succeeded', error: null, hasWeights: true, datasetName: 'set d' });
    expect(v.is(reportSchema, report)).toBe(true);
    expect(report).toMatchObject({
      status: 'complete',
      backend: 'wasm',
      dataset: { rows: 36, training_rows: 27, test_rows: 9, classes: 2, sha256: 'sha of d' },
      device: { browser: 'Node' },
    });
    // The words tell the classes apart, so that even random weights do.
    expect(report.cross_validation.accuracy.mean).toBeGreaterThan(0.8);
    expect(runEvents().filter(({ type }) => type === 'fold')).toHaveLength(3);
    expect(runEvents().at(-1)).toEqual({ type: 'saved' });
    expect(await getUnfinished(database, 'run')).toMatchObject({ context: null, folds: [], finals: [] });
  });

  test('top layers: the curve that was posted is the curve that was kept, and no tensor is left', async () => {
    const { database, job, runEvents } = await createHarness();
    await addDataset(database, 'd', spamRows(24));
    await job.start(
      'q',
      request({ method: 'top-layers', choices: fast, evaluation: { folds: 2, test: { kind: 'none' } } }),
    );
    const posted = runEvents().flatMap((event) => (event.type === 'points' ? event.points : []));
    expect(posted.length).toBeGreaterThan(4);
    expect(await getCurve(database, 'run')).toEqual(posted);
    const run = await getRun(database, 'run');
    const report = classificationReport(await getReport(database, 'run'));
    expect(run?.state).toBe('succeeded');
    expect(report.curve).toHaveLength(posted.length);
    expect(report.comparisons.features_only).not.toBeNull();
    expect((await getWeights(database, 'run'))?.tuned.encoder.length).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(0);
  });

  test('copies of a text are told in the report as rows that belong together', async () => {
    const { database, job } = await createHarness();
    const rows = spamRows(24);
    // One text three times, another twice, in other letters.
    const copies = [0, 0, 1].flatMap((of, i) =>
      rows
        .slice(of, of + 1)
        .map((row) => ({ ...row, rowId: 25 + i, line: 25 + i, text: `${row.text.toUpperCase()}!` })),
    );
    await addDataset(database, 'd', [...rows, ...copies]);
    await job.start('q', request({ evaluation: { folds: 2, test: { kind: 'none' } } }));
    const report = classificationReport(await getReport(database, 'run'));
    expect(report.dataset).toMatchObject({ rows: 27, grouped_rows: 5 });
  });

  test('labels of a test file that training never saw are counted as wrong, and said', async () => {
    const { database, job } = await createHarness();
    await addDataset(database, 'd', spamRows(24));
    await addDataset(database, 't', [...spamRows(6, 9), { rowId: 7, line: 7, text: 'one two', target: 'news' }]);
    const test = { kind: 'file', datasetId: 't' } as const;
    await job.start('q', request({ evaluation: { folds: 2, test } }));
    const report = classificationReport(await getReport(database, 'run'));
    expect(report.test).toMatchObject({ rows: 7, source: 'set t' });
    expect(report.test?.per_class.find(({ label }) => label === 'news')).toMatchObject({ recall: 0, support: 1 });
    expect(report.cross_validation.notes.join()).toContain('1 test row with a label that training never saw');
  });

  test('a quick trial draws its rows at random, labels in their share, and says so', async () => {
    const { database, job } = await createHarness();
    await addDataset(database, 'd', spamRows(40));
    await job.start('q', request({ limit: 20, evaluation: { folds: 2, test: { kind: 'none' } } }));
    const report = classificationReport(await getReport(database, 'run'));
    expect(report.dataset).toMatchObject({
      training_rows: 20,
      labels: [{ count: 10 }, { count: 10 }],
      grouping: { copies: 0, near_copies: 0, kept_together: 0, shared_values: 0, torn: 0 },
    });
    expect(report.cross_validation.notes).toContain(
      'A quick trial: 20 of 40 rows, drawn at random so that every label keeps its share.',
    );
    const lines = report.out_of_fold.predictions.map(({ line }) => line) ?? [];
    expect(Math.max(...lines)).toBeGreaterThan(25);
  });

  test('events come in batches, at most ten a second', async () => {
    // A clock that stands still: what is not posted at once waits for a timer of the whole tenth of a second.
    const { database, job, events } = await createHarness({ elapsed: () => 0 });
    await addDataset(database, 'd', spamRows(24));
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await job.start(
      'q',
      request({ method: 'top-layers', choices: fast, evaluation: { folds: 2, test: { kind: 'none' } } }),
    );
    const waits = timers.mock.calls.filter(([, ms]) => ms === 100).length;
    timers.mockRestore();
    const batches = events.filter(({ type }) => type === 'run').length;
    // States are posted at once: four of them.
    expect(batches).toBeLessThanOrEqual(waits + 5);
  });
});

describe('a run that a person ends', () => {
  test('a pause stands still within a step, and resume goes on to the same end', async () => {
    const { database, job, states, onPost } = await createHarness();
    await addDataset(database, 'd', spamRows(24));
    let paused = false;
    onPost((event) => {
      if (event.type !== 'run') return;
      if (!paused && event.events.some((each) => each.type === 'state' && each.state === 'running')) {
        paused = true;
        job.pause('run');
        job.pause('another run');
      }
      // Not by a time from the pause on: a slow machine may still be loading the model then.
      if (event.events.some((each) => each.type === 'state' && each.state === 'paused')) {
        setTimeout(() => job.resume('run'), 50);
      }
    });
    await job.start('q', request({ evaluation: { folds: 2, test: { kind: 'none' } } }));
    expect(states()).toEqual(['validating', 'queued', 'running', 'paused', 'running', 'succeeded']);
    expect((await getRun(database, 'run'))?.state).toBe('succeeded');
  });

  test('a pause with folds side by side keeps every one of them before it stands', async () => {
    const { database, job, states, onPost } = await createHarness({ threads: await nodeThreads(2) });
    await addDataset(database, 'd', spamRows(24));
    const seen = new Set<number>();
    const done = new Set<number>();
    let atPause: Promise<number[]> | null = null;
    onPost((event) => {
      if (event.type !== 'run') return;
      for (const each of event.events) {
        if (each.type === 'points') for (const { fold } of each.points) seen.add(fold);
        if (each.type === 'fold') done.add(each.fold.fold);
        if (each.type === 'state' && each.state === 'paused') {
          atPause = database.getAll('checkpoints').then((all) => [...new Set(all.map(({ fold }) => fold))]);
          void atPause.then(() => job.stop('run'));
        }
      }
      if (atPause === null && seen.size - done.size === 2) job.pause('run');
    });
    // Folds so long that no thread is late for them, however slow the machine; what the pause was for ends them.
    await job.start(
      'q',
      request({
        method: 'full',
        choices: { ...fast, nEpochs: 100, batchSize: 2 },
        evaluation: { folds: 4, test: { kind: 'none' } },
      }),
    );
    expect(await atPause).toHaveLength(2);
    expect(states().slice(-3)).toEqual(['paused', 'running', 'stopped']);
    expect(await database.count('checkpoints')).toBe(0);
  });

  test('stop keeps the finished folds in a report that says what is missing', async () => {
    const { database, job, states, onPost } = await createHarness();
    await addDataset(database, 'd', spamRows(24));
    onPost((event) => {
      if (event.type === 'run' && event.events.some(({ type }) => type === 'fold')) job.stop('run');
    });
    await job.start(
      'q',
      request({
        method: 'top-layers',
        choices: { ...fast, nEpochs: 30 },
        evaluation: { folds: 4, test: { kind: 'none' } },
      }),
    );
    expect(states().at(-1)).toBe('stopped');
    const run = await getRun(database, 'run');
    const report = classificationReport(await getReport(database, 'run'));
    expect(report.status).toBe('partial');
    expect(report.cross_validation.folds.length).toBeLessThan(4);
    expect(report.missing).toContain('the final fit on all training rows');
    expect(report.verdict.sentence).toMatch(/^Stopped after \d of 4 folds\./);
    expect(run?.log.at(-1)?.message).toMatch(/^Stopped\. Missing: /);
  });

  test('cancel ends it without report or weights, and leaves no tensor', async () => {
    const { database, job, states, onPost } = await createHarness();
    await addDataset(database, 'd', spamRows(24));
    onPost((event) => {
      if (event.type === 'run' && event.events.some(({ type }) => type === 'points')) job.cancel('run');
    });
    await job.start('q', request({ method: 'top-layers', choices: { ...fast, nEpochs: 30 } }));
    expect(states().at(-1)).toBe('cancelled');
    expect(await getRun(database, 'run')).toMatchObject({ state: 'cancelled', summary: null, hasWeights: false });
    expect(await getUnfinished(database, 'run')).toMatchObject({ context: null, folds: [], finals: [] });
    expect(tf.memory().numTensors).toBe(0);
  });
});

describe('what is wanted of a run before it works, while it waits for the lock or its checkpoints are read', () => {
  async function waiting() {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const harness = await createHarness({ tryLock: (body) => gate.then(body) });
    await addDataset(harness.database, 'd', spamRows(24));
    const done = harness.job.start('q', request({ evaluation: { folds: 2, test: { kind: 'none' } } }));
    return { ...harness, done, open };
  }

  test.each([
    ['cancel', 'cancelled'],
    ['stop', 'stopped'],
  ] as const)('a %s ends it as %s', async (wish, end) => {
    const { job, database, done, open } = await waiting();
    job[wish]('another run');
    job[wish]('run');
    open();
    await done;
    expect((await getRun(database, 'run'))?.state).toBe(end);
  });

  test('a pause stands, and one that was taken back does not', async () => {
    for (const takenBack of [false, true]) {
      const { job, states, done, open, onPost } = await waiting();
      onPost(() => {
        if (states().at(-1) === 'paused') job.resume('run');
      });
      job.pause('run');
      if (takenBack) job.resume('run');
      open();
      await done;
      expect(states().includes('paused')).toBe(!takenBack);
      expect(states().at(-1)).toBe('succeeded');
    }
  });

  test('what was wanted of a run that was refused is not done to the next', async () => {
    let refuse = true;
    const { database, job } = await createHarness({ tryLock: (body) => (refuse ? Promise.resolve(null) : body()) });
    await addDataset(database, 'd', spamRows(24));
    const refused = job.start('q', request());
    job.cancel('run');
    await refused;
    refuse = false;
    await job.start('q2', request({ evaluation: { folds: 2, test: { kind: 'none' } } }));
    expect((await getRun(database, 'run'))?.state).toBe('succeeded');
  });
});

describe('a run that cannot be', () => {
  test('data that cannot be trained on fails with the reason, before the model is loaded', async () => {
    const read = vi.fn();
    const { database, job, states } = await createHarness({ modelFiles: () => ({ read }) });
    await addDataset(
      database,
      'd',
      spamRows(20).map((row) => ({ ...row, target: 'ham' })),
    );
    await job.start('q', request());
    expect(states()).toEqual(['validating', 'failed']);
    const run = await getRun(database, 'run');
    expect(run?.error).toMatchObject({
      code: 'data-unusable',
      message: expect.stringContaining('at least 2 are needed'),
    });
    expect(read).not.toHaveBeenCalled();
  });

  test('a setting out of its limits is refused with its name', async () => {
    const { database, job } = await createHarness();
    await addDataset(database, 'd', spamRows(20));
    await job.start('q', request({ choices: { ...autoChoices(), nEpochs: -3 } }));
    expect((await getRun(database, 'run'))?.error).toMatchObject({ code: 'config-invalid' });
    await job.start('q', request({ runId: 'r2', evaluation: { folds: 40, test: { kind: 'none' } } }));
    expect((await getRun(database, 'r2'))?.error?.message).toContain('from 2 to 10');
  });

  test('a missing model file is a failed run that can be started again', async () => {
    let missing = true;
    const harness = await createHarness();
    const { read } = harness.ports.modelFiles('', {});
    harness.ports.modelFiles = () => ({
      read: (file) =>
        missing && file.endsWith('.bin')
          ? Promise.reject(new AppError('model-missing', `${file} is gone.`))
          : read(file),
    });
    await addDataset(harness.database, 'd', spamRows(20));
    await harness.job.start('q', request());
    expect((await getRun(harness.database, 'run'))?.error).toMatchObject({ code: 'model-missing' });
    missing = false;
    await harness.job.start('q', request({ runId: 'again' }));
    expect((await getRun(harness.database, 'again'))?.state).toBe('succeeded');
  });

  test('a fault in the middle keeps the finished folds as a report of the failed run', async () => {
    const { database, job, states, onPost } = await createHarness();
    await addDataset(database, 'd', spamRows(24));
    // Between two steps of the second fold, and of a kind that no other worker would be spared.
    let broken = false;
    onPost((event) => {
      if (event.type !== 'run' || broken) return;
      broken = event.events.some((one) => one.type === 'points' && one.points.some(({ fold }) => fold === 1));
      if (broken) throw new AppError('non-finite', 'It lost its way.');
    });
    await job.start(
      'q',
      request({ method: 'top-layers', choices: fast, evaluation: { folds: 3, test: { kind: 'none' } } }),
    );
    expect(states().at(-1)).toBe('failed');
    const run = await getRun(database, 'run');
    const report = classificationReport(await getReport(database, 'run'));
    expect(run?.error).toMatchObject({ code: 'non-finite', message: 'It lost its way.' });
    expect(report.cross_validation.folds).toHaveLength(1);
    expect(run?.hasWeights).toBe(true);
    expect(report.missing).toContain('2 of 3 folds');
  });

  test('what breaks off by itself is a failure that keeps the finished folds, never a cancel that drops them', async () => {
    const { database, job, states, onPost } = await createHarness();
    await addDataset(database, 'd', spamRows(24));
    // As mapAsync rejects when the GPU is lost, in the fit on all rows: after both folds.
    let broken = false;
    onPost((event) => {
      if (event.type !== 'run' || broken) return;
      broken = event.events.some((one) => one.type === 'progress' && one.progress.phase === 'final-fit');
      if (broken) throw new DOMException('A valid external Instance reference no longer exists.', 'AbortError');
    });
    await job.start('q', request({ evaluation: { folds: 2, test: { kind: 'none' } } }));
    expect(broken).toBe(true);
    expect(states().at(-1)).toBe('failed');
    const run = await getRun(database, 'run');
    const report = classificationReport(await getReport(database, 'run'));
    expect(run).toMatchObject({ state: 'failed', error: { code: 'internal' }, hasWeights: true });
    expect(report.status).toBe('partial');
    expect(report.cross_validation.folds).toHaveLength(2);
  });

  test('the last batch of a failed run holds its state and that it is saved', async () => {
    const { database, job, events } = await createHarness();
    await addDataset(database, 'd', []);
    await job.start('q', request());
    const last = events.findLast(({ type }) => type === 'run');
    expect(last).toMatchObject({ events: [{ type: 'state', state: 'failed' }, { type: 'saved' }] });
  });

  test('while another tab trains, nothing is started or kept', async () => {
    const { database, job, events } = await createHarness({ tryLock: () => Promise.resolve(null) });
    await addDataset(database, 'd', spamRows(20));
    const before = await contents(database);
    await job.start('q', request());
    expect(events).toEqual([
      {
        type: 'failed',
        requestId: 'q',
        error: expect.objectContaining({ code: 'busy', message: expect.stringContaining('another tab') }),
      },
    ]);
    expect(await contents(database)).toEqual(before);
  });
});
