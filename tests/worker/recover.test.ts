import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import type { TrainedModel } from '../../src/core/plan/experiment';
import type { JobState } from '../../src/core/plan/run';
import { saveCheckpoint } from '../../src/storage/checkpoints';
import { addRun, getRun, getUnfinished, getWeights, saveFinal, saveFold } from '../../src/storage/runs';
import { finishInterrupted, recoverRuns, type RecoverPorts } from '../../src/worker/recover';
import { sampleFit } from '../helpers/checkpoint';
import { fold, pieceOf, sampleContext, sampleOutcome } from '../helpers/report-sample';
import { freshDatabase, sampleRun } from '../helpers/storage';

const free: RecoverPorts['tryLock'] = (body) => body();
const taken: RecoverPorts['tryLock'] = () => Promise.resolve(null);

const model: TrainedModel = {
  labels: ['ham', 'spam'],
  maxLength: 64,
  head: { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0.5, -0.5), normalised: false },
  encoder: [],
};

async function harness(tryLock = free) {
  const database = await freshDatabase();
  return { database, ports: { database, now: () => 9000, tryLock } };
}

describe('runs whose worker is gone', () => {
  test('a closed tab leaves a run that waits to be gone on with, and everything it goes on from', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9])), {}, { model });
    const before = await getUnfinished(database, 'r');
    expect(await recoverRuns(ports, null)).toEqual(['r']);
    const run = await getRun(database, 'r');
    expect(run).toMatchObject({ state: 'interrupted', error: null, report: null, updatedAt: 9000 });
    expect(run?.log.at(-1)?.message).toContain('The tab was closed');
    expect(await getUnfinished(database, 'r')).toEqual(before);
    // A later start leaves it alone.
    expect(await recoverRuns(ports, null)).toEqual([]);
    expect((await getRun(database, 'r'))?.state).toBe('interrupted');
  });

  test('a checkpoint alone is enough to go on from', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r'), sampleContext());
    const device = { backend: 'wasm', name: 'w', software: false } as const;
    await saveCheckpoint(database, { runId: 'r', createdAt: 1, build: 'b', device }, sampleFit(), {}, null);
    await recoverRuns(ports, null);
    expect((await getRun(database, 'r'))?.state).toBe('interrupted');
  });

  test('finished with what there is: a report that says what is missing, and the last fold’s model for Try', async () => {
    const { database, ports } = await harness();
    const context = sampleContext();
    await addRun(database, sampleRun('r'), context);
    const outcome = sampleOutcome();
    const own = pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9]));
    await saveFold(database, 'r', { ...own, notes: ['A note of fold 1.'] }, { updatedAt: 5001 }, { model });
    for (const [id, folds] of Object.entries(outcome.baselines)) {
      for (const one of folds) await saveFold(database, 'r', pieceOf(id as keyof typeof outcome.baselines, one), {});
    }
    const base = { ...model, maxLength: 8 };
    const final = {
      id: 'features_only',
      probabilities: new Float32Array(),
      chosenC: 10,
      model: base,
      seconds: 1,
    } as const;
    await saveFinal(database, 'r', final);
    await recoverRuns({ ...ports, now: () => 5001 }, null);
    await finishInterrupted(ports, 'r');
    const run = await getRun(database, 'r');
    expect(run).toMatchObject({ state: 'stopped', error: null, hasWeights: true, updatedAt: 9000 });
    expect(run?.report).toMatchObject({
      status: 'partial',
      missing: ['1 of 2 folds', 'the final fit on all training rows', 'the test part'],
      cross_validation: { accuracy: { mean: 0.75, sd: null, ci95: null } },
      timings: { total: 5, folds: 2 },
    });
    expect(JSON.stringify(run?.report)).toContain('A note of fold 1.');
    expect(JSON.stringify(run?.report)).toContain('the model kept is that of fold 1');
    expect(await getWeights(database, 'r')).toEqual({ runId: 'r', tuned: model, base });
    expect(await getUnfinished(database, 'r')).toMatchObject({ context: null, folds: [], finals: [] });
  });

  test('a run that another tab goes on with is not ended under it', async () => {
    const { database, ports } = await harness(taken);
    await addRun(database, sampleRun('r', { state: 'interrupted' }), sampleContext());
    await expect(finishInterrupted(ports, 'r')).rejects.toMatchObject({ code: 'config-invalid' });
    expect((await getRun(database, 'r'))?.state).toBe('interrupted');
  });

  test('a run given up after its device failed again and again is failed, though its record says interrupted', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r', { state: 'interrupted' }), sampleContext());
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9])), {}, { model });
    const error = { code: 'device-lost', message: 'Lost again.', stack: '', details: {} } as const;
    await recoverRuns(ports, { runId: 'r', state: 'failed', error });
    expect(await getRun(database, 'r')).toMatchObject({ state: 'failed', error, hasWeights: true });
  });

  test('a run whose next worker could not begin waits as it was, with the reason', async () => {
    const { database, ports } = await harness(taken);
    await addRun(database, sampleRun('r'), sampleContext());
    const error = { code: 'model-missing', message: 'Offline.', stack: '', details: {} } as const;
    await recoverRuns(ports, { runId: 'r', state: 'interrupted', error });
    expect(await getRun(database, 'r')).toMatchObject({ state: 'interrupted', error });
    expect((await getUnfinished(database, 'r')).context).not.toBeNull();
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
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9])), {});
    const error = { code: 'internal', message: 'It stopped.', stack: '', details: {} } as const;
    expect(await recoverRuns(ports, { runId: 'r', state: 'failed', error })).toEqual(['r']);
    const run = await getRun(database, 'r');
    expect(run).toMatchObject({ state: 'failed', error });
    expect(run?.report?.status).toBe('partial');
  });

  test('a cancelled one has no report', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9])), {});
    const error = { code: 'cancelled', message: 'Cancelled.', stack: '', details: {} } as const;
    await recoverRuns(ports, { runId: 'r', state: 'cancelled', error });
    expect(await getRun(database, 'r')).toMatchObject({ state: 'cancelled', report: null });
  });
});
