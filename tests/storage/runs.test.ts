import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import { summaryOf } from '../../src/core/report/summary';
import type { TrainedModel } from '../../src/core/run/trained-model';
import {
  addReportedRun,
  addRun,
  appendCurve,
  deleteRun,
  finishRun,
  getCurve,
  getReport,
  getRun,
  getUnfinished,
  getWeights,
  listRuns,
  replaceCurve,
  saveFinal,
  saveFold,
  updateRun,
} from '../../src/storage/runs';
import { fold, pieceOf, sampleContext, sampleReport } from '../helpers/report-sample';
import { contents, fillDiskAtPut, freshDatabase, sampleRun, watchStores } from '../helpers/storage';

const weights: TrainedModel = {
  labels: ['ham', 'spam'],
  maxLength: 64,
  head: { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0.5, -0.5), normalised: false },
  encoder: [{ name: 'a', shape: [2], values: Float32Array.of(Math.PI, -0) }],
};
const report = sampleReport();
const point = {
  fold: 0,
  epoch: 1,
  step: 1,
  trainLoss: 0.5,
  learningRate: 1e-4,
  gradNorm: 1,
  validLoss: null,
  metrics: null,
};

describe('runs', () => {
  test('a finished fold is there at once, with the context that its report needs', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'), sampleContext());
    const outcome = fold(1, [0, 1], [0.1, 0.9]);
    await saveFold(database, 'r', pieceOf('tuned', outcome), { updatedAt: 9 });
    await saveFold(database, 'r', pieceOf('majority', outcome), {});
    const kept = await getUnfinished(database, 'r');
    expect(kept.context).toEqual(sampleContext());
    expect(kept.folds).toEqual([pieceOf('majority', outcome), pieceOf('tuned', outcome)]);
    expect((await getRun(database, 'r'))?.updatedAt).toBe(9);
  });

  test('a report from a file is kept once, with its curve; a second time changes nothing', async () => {
    const database = await freshDatabase();
    const run = { ...sampleRun('r'), reported: { trainer: 'Ray Train', runId: null } };
    expect(await addReportedRun(database, run, { report, curve: [point] })).toBe(true);
    expect(await addReportedRun(database, { ...run, name: 'Other' }, { report, curve: [] })).toBe(false);
    expect(await getRun(database, 'r')).toEqual(run);
    expect(await getReport(database, 'r')).toEqual(report);
    expect(await getCurve(database, 'r')).toEqual([point]);
    const restore = fillDiskAtPut(1, 'reports');
    await expect(addReportedRun(database, { ...run, id: 's' }, { report, curve: [point] })).rejects.toMatchObject({
      code: 'storage-full',
    });
    restore();
    expect(await getRun(database, 's')).toBe(null);
  });

  test('the end of a run keeps weights bit for bit and takes the scaffolding away', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0], [0.1])), {});
    const run = await finishRun(
      database,
      'r',
      { state: 'succeeded' },
      { report: null, weights: { tuned: weights, base: null } },
    );
    expect(run).toMatchObject({ state: 'succeeded', hasWeights: true });
    expect(await getWeights(database, 'r')).toEqual({ runId: 'r', tuned: weights, base: null });
    expect(await getUnfinished(database, 'r')).toEqual({ context: null, folds: [], finals: [], fallback: weights });
  });

  test('a fold comes with its curve, and its model is what is left of a run without an end', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'), sampleContext());
    const curve = { chunk: 1, points: [point] };
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0], [0.1])), {}, { model: weights, curve });
    const final = {
      id: 'majority',
      probabilities: Float32Array.of(1, 0),
      chosenC: null,
      model: null,
      seconds: 1,
    } as const;
    await saveFinal(database, 'r', final);
    expect(await getCurve(database, 'r')).toEqual([point]);
    expect(await getUnfinished(database, 'r')).toMatchObject({ finals: [final], fallback: weights });
    expect((await getRun(database, 'r'))?.hasWeights).toBe(false);
    await finishRun(database, 'r', { state: 'failed' }, { report: null, weights: null });
    expect(await getWeights(database, 'r')).toBeNull();
  });

  test('a curve that is cut has no point more, and goes on behind', async () => {
    const database = await freshDatabase();
    for (const chunk of [1, 2]) await appendCurve(database, 'r', { chunk, points: [point, point] });
    await replaceCurve(database, 'r', [{ ...point, step: 7 }]);
    await appendCurve(database, 'r', { chunk: 1, points: [{ ...point, step: 8 }] });
    expect((await getCurve(database, 'r')).map(({ step }) => step)).toEqual([7, 8]);
  });

  test('the end of a run keeps its report apart: the record has its summary and no answered row', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'));
    const run = await finishRun(database, 'r', { state: 'succeeded' }, { report, weights: null });
    expect(await getRun(database, 'r')).toEqual(run);
    expect(run.summary).toEqual(summaryOf(report));
    expect(JSON.stringify(run)).not.toContain('predictions');
    expect(await getReport(database, 'r')).toEqual(report);
    await finishRun(database, 'r', { state: 'failed' }, { report: null, weights: null });
    expect([(await getRun(database, 'r'))?.summary, await getReport(database, 'r')]).toEqual([null, null]);
  });

  test('the list, one record and a change of it touch no report', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'));
    await finishRun(database, 'r', { state: 'succeeded' }, { report, weights: null });
    const touched = watchStores();
    await listRuns(database);
    await getRun(database, 'r');
    await updateRun(database, 'r', { name: 'mine' });
    await saveFold(database, 'r', pieceOf('majority', fold(0, [0], [0.1])), {});
    expect(touched()).toContain('runs');
    expect(touched()).not.toContain('reports');
  });

  test('an end that cannot be written leaves the run and its folds as they were', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveFold(database, 'r', pieceOf('tuned', fold(0, [0], [0.1])), {});
    const before = await contents(database);
    for (const nth of [1, 2, 3]) {
      const repair = fillDiskAtPut(nth);
      const end = finishRun(database, 'r', { state: 'succeeded' }, { report, weights: { tuned: weights, base: null } });
      await expect(end).rejects.toMatchObject({ code: 'storage-full' });
      repair();
      expect(await contents(database)).toEqual(before);
    }
  });

  test('a rename while the run works is not undone by its next save', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'));
    await Promise.all([
      updateRun(database, 'r', { name: 'mine' }),
      updateRun(database, 'r', { state: 'paused' }),
      saveFold(database, 'r', pieceOf('tuned', fold(0, [0], [0.1])), { updatedAt: 5 }),
    ]);
    expect(await getRun(database, 'r')).toMatchObject({ name: 'mine', state: 'paused', updatedAt: 5 });
  });

  test('curve chunks come back in order, also the eleventh', async () => {
    const database = await freshDatabase();
    for (let chunk = 0; chunk < 12; chunk++)
      await appendCurve(database, 'r', { chunk, points: [{ ...point, step: chunk }] });
    await appendCurve(database, 'r2', { chunk: 0, points: [point] });
    expect((await getCurve(database, 'r')).map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  test('deleting takes everything of this run along, and of no other', async () => {
    const database = await freshDatabase();
    for (const id of ['r', 'r2']) {
      await addRun(database, sampleRun(id, { state: 'stopped' }), sampleContext());
      await saveFold(database, id, pieceOf('tuned', fold(0, [0], [0.1])), {});
      await appendCurve(database, id, { chunk: 0, points: [point] });
      await database.put('weights', { runId: id, tuned: weights, base: null });
    }
    await deleteRun(database, 'r');
    for (const store of ['runs', 'curves', 'weights', 'contexts', 'outcomes'] as const) {
      expect([store, await database.count(store)]).toEqual([store, 1]);
    }
    expect((await listRuns(database)).map(({ id }) => id)).toEqual(['r2']);
  });

  test('a run that works, perhaps in another tab, is not deleted under its worker', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r', { state: 'interrupted' }), sampleContext());
    await updateRun(database, 'r', { state: 'validating' });
    const before = await contents(database);
    await expect(deleteRun(database, 'r')).rejects.toMatchObject({ code: 'busy' });
    expect(await contents(database)).toEqual(before);
    await updateRun(database, 'r', { state: 'interrupted' });
    await deleteRun(database, 'r');
    expect(await listRuns(database)).toEqual([]);
  });

  test('a run that was deleted meanwhile is not written back', async () => {
    const database = await freshDatabase();
    const gone = { code: 'not-found' };
    await expect(updateRun(database, 'r', {})).rejects.toMatchObject(gone);
    await expect(finishRun(database, 'r', {}, { report: null, weights: null })).rejects.toMatchObject(gone);
    await expect(saveFold(database, 'r', pieceOf('tuned', fold(0, [0], [0.1])), {})).rejects.toMatchObject(gone);
    expect(await database.count('outcomes')).toBe(0);
  });

  test('the same run cannot be added twice', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'));
    await expect(addRun(database, sampleRun('r'))).rejects.toMatchObject({ code: 'storage-failed' });
  });
});
