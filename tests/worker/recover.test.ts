import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import type { JobState } from '../../src/core/plan/run';
import { addRun, getRun, getUnfinished, saveOutcome } from '../../src/storage/runs';
import { recoverRuns, type RecoverPorts } from '../../src/worker/recover';
import { fold, sampleContext, sampleOutcome } from '../helpers/report-sample';
import { freshDatabase, sampleRun } from '../helpers/storage';

const free: RecoverPorts['tryLock'] = (body) => body();
const taken: RecoverPorts['tryLock'] = () => Promise.resolve(null);

async function harness(tryLock = free) {
  const database = await freshDatabase();
  return { database, ports: { database, now: () => 9000, tryLock } };
}

describe('runs whose worker is gone', () => {
  test('a closed tab leaves the finished folds as a report that says what is missing', async () => {
    const { database, ports } = await harness();
    const context = sampleContext();
    await addRun(database, sampleRun('r'), context);
    const outcome = sampleOutcome();
    await saveOutcome(database, 'r', 'tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9]), { updatedAt: 5001 });
    for (const [id, folds] of Object.entries(outcome.baselines)) {
      for (const one of folds) await saveOutcome(database, 'r', id as keyof typeof outcome.baselines, one, {});
    }
    expect(await recoverRuns(ports, null)).toEqual(['r']);
    const run = await getRun(database, 'r');
    expect(run).toMatchObject({ state: 'stopped', error: null, hasWeights: false, updatedAt: 9000 });
    expect(run?.report).toMatchObject({
      status: 'partial',
      missing: ['1 of 2 folds', 'the final fit on all training rows', 'the test part'],
      cross_validation: { accuracy: { mean: 0.75, sd: null, ci95: null } },
      timings: { total: 5, folds: 2 },
      final_model: null,
    });
    expect(run?.log.at(-1)?.message).toContain('The tab was closed');
    expect(await getUnfinished(database, 'r')).toEqual({ context: null, outcomes: [] });
  });

  test('a run without a finished fold is ended without a report', async () => {
    const { database, ports } = await harness();
    for (const state of ['validating', 'queued', 'running', 'paused'] satisfies JobState[]) {
      await addRun(database, sampleRun(state, { state }));
    }
    expect((await recoverRuns(ports, null)).length).toBe(4);
    expect(await getRun(database, 'paused')).toMatchObject({ state: 'stopped', report: null });
  });

  test('runs that ended by themselves are left alone', async () => {
    const { database, ports } = await harness();
    for (const state of ['succeeded', 'failed', 'stopped', 'cancelled'] satisfies JobState[]) {
      await addRun(database, sampleRun(state, { state }));
    }
    expect(await recoverRuns(ports, null)).toEqual([]);
    expect((await getRun(database, 'failed'))?.updatedAt).toBe(1);
  });

  test('a run that works in another tab is left alone', async () => {
    const { database, ports } = await harness(taken);
    await addRun(database, sampleRun('r'));
    expect(await recoverRuns(ports, null)).toEqual([]);
    expect((await getRun(database, 'r'))?.state).toBe('running');
  });

  test('a run seen to die is failed with its reason, even before the lock of its worker is gone', async () => {
    const { database, ports } = await harness(taken);
    await addRun(database, sampleRun('r'), sampleContext());
    await saveOutcome(database, 'r', 'tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9]), {});
    const error = { code: 'internal', message: 'It stopped.', stack: '', details: {} } as const;
    expect(await recoverRuns(ports, { runId: 'r', state: 'failed', error })).toEqual(['r']);
    const run = await getRun(database, 'r');
    expect(run).toMatchObject({ state: 'failed', error });
    expect(run?.report?.status).toBe('partial');
  });

  test('a cancelled one has no report', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveOutcome(database, 'r', 'tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9]), {});
    const error = { code: 'cancelled', message: 'Cancelled.', stack: '', details: {} } as const;
    await recoverRuns(ports, { runId: 'r', state: 'cancelled', error });
    expect(await getRun(database, 'r')).toMatchObject({ state: 'cancelled', report: null });
  });
});
