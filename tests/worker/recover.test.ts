import { nodeCheckTools } from '../helpers/check-tools';
import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import type { TrainedModel } from '../../src/core/run/trained-model';
import type { JobState } from '../../src/core/run/record';
import { saveCheckpoint } from '../../src/storage/checkpoints';
import {
  addRun,
  getReport,
  getRun,
  getUnfinished,
  getWeights,
  listRuns,
  saveFinal,
  saveFold,
  updateRun,
} from '../../src/storage/runs';
import { finishInterrupted, recoverRuns, type RecoverPorts } from '../../src/worker/recover';
import { sampleFit } from '../helpers/checkpoint';
import { fold, pieceOf, sampleContext, sampleOutcome } from '../helpers/report-sample';
import { failDisk } from '../helpers/failing-disk';
import { contents, freshDatabase, sampleRun } from '../helpers/storage';

const free: RecoverPorts['tryLock'] = (body) => body();
const taken: RecoverPorts['tryLock'] = () => Promise.resolve(null);
/** Until the end of a test. */
const forEver: RecoverPorts['lock'] = () => new Promise<never>(() => undefined);

const settled = (...runIds: string[]) => ({ runIds, fault: null });

const model: TrainedModel = {
  labels: ['ham', 'spam'],
  maxLength: 64,
  head: { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0.5, -0.5), normalised: false },
  encoder: [],
};

async function harness(change: Partial<RecoverPorts> = {}) {
  const database = await freshDatabase();
  const ports: RecoverPorts = {
    database,
    now: () => 9000,
    checkTools: nodeCheckTools,
    tryLock: free,
    lock: (body) => body(),
    ...change,
  };
  return { database, ports };
}

describe('runs whose worker is gone', () => {
  test('a closed tab leaves a run that waits to be gone on with, and everything it goes on from', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9])), {}, { model });
    const before = await getUnfinished(database, 'r');
    expect(await recoverRuns(ports, null)).toEqual(settled('r'));
    const run = await getRun(database, 'r');
    expect(run).toMatchObject({ state: 'interrupted', error: null, summary: null, updatedAt: 9000 });
    expect(run?.log.at(-1)?.message).toContain('The tab was closed');
    expect(await getUnfinished(database, 'r')).toEqual(before);
    // A later start leaves it alone.
    expect(await recoverRuns(ports, null)).toEqual(settled());
    expect((await getRun(database, 'r'))?.state).toBe('interrupted');
  });

  test('a checkpoint alone is enough to go on from', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveCheckpoint(database, { runId: 'r', build: 'b' }, sampleFit(), {}, null);
    await recoverRuns(ports, null);
    expect((await getRun(database, 'r'))?.state).toBe('interrupted');
  });

  test('finished with what there is: a report that says what is missing, and the last fold’s model for Try', async () => {
    const { database, ports } = await harness();
    const context = sampleContext();
    await addRun(database, sampleRun('r', { featuresSeconds: 3 }), context);
    const outcome = sampleOutcome();
    const own = pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9]));
    await saveFold(database, 'r', { ...own, notes: ['A note of fold 1.'] }, { updatedAt: 5001 }, { model });
    for (const [id, folds] of Object.entries(outcome.baselines)) {
      for (const one of folds) {
        const piece = pieceOf(id as keyof typeof outcome.baselines, one);
        await saveFold(database, 'r', { ...piece, chosenC: id === 'features_only' ? 10 : null }, {});
      }
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
    const report = await getReport(database, 'r');
    expect(run).toMatchObject({ state: 'stopped', error: null, hasWeights: true, updatedAt: 9000 });
    expect(report).toMatchObject({
      status: 'partial',
      missing: ['1 of 2 folds', 'the final fit on all training rows', 'the test part'],
      cross_validation: { accuracy: { mean: 0.75, sd: null, ci95: null } },
      timings: { total: 5, features: 3, folds: 2 },
    });
    expect(JSON.stringify(report)).toContain('A note of fold 1.');
    expect(JSON.stringify(report)).toContain('the model kept is that of fold 1');
    expect(JSON.stringify(report)).toMatch(/C was chosen on .*: features only (10, )*10 \(all training rows 10\)\./);
    expect(await getWeights(database, 'r')).toEqual({ runId: 'r', tuned: model, base });
    expect(await getUnfinished(database, 'r')).toMatchObject({ context: null, folds: [], finals: [] });
  });

  test('a run that another tab goes on with is not ended under it', async () => {
    const { database, ports } = await harness({ tryLock: taken });
    await addRun(database, sampleRun('r', { state: 'interrupted' }), sampleContext());
    await expect(finishInterrupted(ports, 'r')).rejects.toMatchObject({ code: 'busy' });
    expect((await getRun(database, 'r'))?.state).toBe('interrupted');
  });

  test('a run given up after its device failed again and again waits with all that it had, and says why', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r', { state: 'interrupted' }), sampleContext());
    await saveCheckpoint(database, { runId: 'r', build: 'b' }, sampleFit(), {}, null);
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9])), {}, { model });
    const before = await getUnfinished(database, 'r');
    const error = { code: 'device-lost', message: 'Lost again.', stack: '', details: {} } as const;
    expect(await recoverRuns(ports, { runId: 'r', state: 'interrupted', error })).toEqual(settled('r'));
    expect(await getRun(database, 'r')).toMatchObject({ state: 'interrupted', error });
    expect(await getUnfinished(database, 'r')).toEqual(before);
    expect(await database.count('checkpoints')).toBe(1);
  });

  test.each(['interrupted', 'cancelled'] as const)(
    'a run that another tab has taken up is not %s under it by the tab that saw it die',
    async (state) => {
      const { database, ports } = await harness({ tryLock: taken, lock: forEver });
      await addRun(database, sampleRun('r'), sampleContext());
      const before = await contents(database);
      const error = { code: 'busy', message: 'A run is working in another tab.', stack: '', details: {} } as const;
      let settled = false;
      void recoverRuns(ports, { runId: 'r', state, error }).then(() => (settled = true));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(settled).toBe(false);
      expect(await contents(database)).toEqual(before);
    },
  );

  test('one that ended well meanwhile stays as it ended', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r', { state: 'succeeded' }));
    const error = { code: 'busy', message: 'A run is working in another tab.', stack: '', details: {} } as const;
    expect(await recoverRuns(ports, { runId: 'r', state: 'interrupted', error })).toEqual(settled());
    expect(await getRun(database, 'r')).toMatchObject({ state: 'succeeded', error: null });
  });

  test('a run that was killed before anything was kept reads as broken off, never as stopped', async () => {
    const { database, ports } = await harness();
    for (const state of ['validating', 'queued', 'running', 'paused'] satisfies JobState[]) {
      await addRun(database, sampleRun(state, { state }));
    }
    expect((await recoverRuns(ports, null)).runIds).toHaveLength(4);
    const run = await getRun(database, 'paused');
    expect(run).toMatchObject({ state: 'interrupted', summary: null });
    expect(run?.log.at(-1)?.message).toContain('before anything of the run was kept');
    // What a person ends then is ended, without a report.
    await finishInterrupted(ports, 'paused');
    expect(await getRun(database, 'paused')).toMatchObject({ state: 'stopped', summary: null });
  });

  test('on a full disk it is told as broken off with the reason, and can be finished once there is room', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r'), sampleContext());
    const disk = failDisk({ at: 1, kind: 'full', fromThenOn: true });
    const recovered = await recoverRuns(ports, null);
    disk.remove();
    expect(recovered).toMatchObject({ runIds: ['r'], fault: { code: 'storage-full' } });
    expect((await getRun(database, 'r'))?.state).toBe('running');
    await finishInterrupted(ports, 'r');
    expect((await getRun(database, 'r'))?.state).toBe('stopped');
  });

  test('runs that ended by themselves are left alone', async () => {
    const { database, ports } = await harness();
    for (const state of ['succeeded', 'failed', 'stopped', 'cancelled'] satisfies JobState[]) {
      await addRun(database, sampleRun(state, { state }));
    }
    expect(await recoverRuns(ports, null)).toEqual(settled());
    expect((await getRun(database, 'failed'))?.updatedAt).toBe(1);
  });

  test('a run that works in another tab is left alone, and a dead one is settled when that has ended', async () => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const { database, ports } = await harness({ tryLock: taken, lock: (body) => ended.then(body) });
    await addRun(database, sampleRun('works'));
    await addRun(database, sampleRun('dead'), sampleContext());
    const recovering = recoverRuns(ports, null);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await listRuns(database)).map(({ state }) => state)).toEqual(['running', 'running']);
    await updateRun(database, 'works', { state: 'succeeded' });
    end();
    expect(await recovering).toEqual(settled('dead'));
    expect((await getRun(database, 'dead'))?.state).toBe('interrupted');
  });

  test('a cancelled one has no report', async () => {
    const { database, ports } = await harness();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9])), {});
    const error = { code: 'cancelled', message: 'Cancelled.', stack: '', details: {} } as const;
    await recoverRuns(ports, { runId: 'r', state: 'cancelled', error });
    expect(await getRun(database, 'r')).toMatchObject({ state: 'cancelled', summary: null });
  });
});
