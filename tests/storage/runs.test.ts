import '../helpers/storage';
import { describe, expect, test } from 'vitest';
import type { TrainedModel } from '../../src/core/plan/experiment';
import {
  addRun,
  appendCurve,
  deleteRun,
  finishRun,
  getCurve,
  getRun,
  getUnfinished,
  getWeights,
  listRuns,
  saveOutcome,
  updateRun,
} from '../../src/storage/runs';
import { fold, sampleContext } from '../helpers/report-sample';
import { contents, fillDiskAtPut, freshDatabase, sampleRun } from '../helpers/storage';

const weights: TrainedModel = {
  labels: ['ham', 'spam'],
  maxLength: 64,
  head: { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0.5, -0.5), normalised: false },
  encoder: [{ name: 'a', shape: [2], values: Float32Array.of(Math.PI, -0) }],
};
const point = {
  fold: 0,
  epoch: 1,
  step: 1,
  trainLoss: 0.5,
  learningRate: 1e-4,
  gradNorm: 1,
  validLoss: null,
  validAccuracy: null,
  validMacroF1: null,
};

describe('runs', () => {
  test('a finished fold is there at once, with the context that its report needs', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'), sampleContext());
    const outcome = fold(1, [0, 1], [0.1, 0.9]);
    await saveOutcome(database, 'r', 'tuned', outcome, { updatedAt: 9 });
    await saveOutcome(database, 'r', 'majority', outcome, {});
    const kept = await getUnfinished(database, 'r');
    expect(kept.context).toEqual(sampleContext());
    expect(kept.outcomes.map(({ part }) => part)).toEqual(['majority', 'tuned']);
    expect(kept.outcomes[1]?.outcome).toEqual(outcome);
    expect((await getRun(database, 'r'))?.updatedAt).toBe(9);
  });

  test('the end of a run keeps weights bit for bit and takes the scaffolding away', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveOutcome(database, 'r', 'tuned', fold(0, [0], [0.1]), {});
    const run = await finishRun(database, 'r', { state: 'succeeded' }, { tuned: weights, base: null });
    expect(run).toMatchObject({ state: 'succeeded', hasWeights: true });
    expect(await getWeights(database, 'r')).toEqual({ runId: 'r', tuned: weights, base: null });
    expect(await getUnfinished(database, 'r')).toEqual({ context: null, outcomes: [] });
  });

  test('an end that cannot be written leaves the run and its folds as they were', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'), sampleContext());
    await saveOutcome(database, 'r', 'tuned', fold(0, [0], [0.1]), {});
    const before = await contents(database);
    for (const nth of [1, 2]) {
      const repair = fillDiskAtPut(nth);
      const end = finishRun(database, 'r', { state: 'succeeded' }, { tuned: weights, base: null });
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
      saveOutcome(database, 'r', 'tuned', fold(0, [0], [0.1]), { updatedAt: 5 }),
    ]);
    expect(await getRun(database, 'r')).toMatchObject({ name: 'mine', state: 'paused', updatedAt: 5 });
  });

  test('curve chunks come back in order, also the eleventh', async () => {
    const database = await freshDatabase();
    for (let chunk = 0; chunk < 12; chunk++) await appendCurve(database, 'r', chunk, [{ ...point, step: chunk }]);
    await appendCurve(database, 'r2', 0, [point]);
    expect((await getCurve(database, 'r')).map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  test('deleting takes everything of this run along, and of no other', async () => {
    const database = await freshDatabase();
    for (const id of ['r', 'r2']) {
      await addRun(database, sampleRun(id), sampleContext());
      await saveOutcome(database, id, 'tuned', fold(0, [0], [0.1]), {});
      await appendCurve(database, id, 0, [point]);
      await database.put('weights', { runId: id, tuned: weights, base: null });
    }
    await deleteRun(database, 'r');
    for (const store of ['runs', 'curves', 'weights', 'contexts', 'outcomes'] as const) {
      expect([store, await database.count(store)]).toEqual([store, 1]);
    }
    expect((await listRuns(database)).map(({ id }) => id)).toEqual(['r2']);
  });

  test('a run that was deleted meanwhile is not written back', async () => {
    const database = await freshDatabase();
    const gone = { code: 'not-found' };
    await expect(updateRun(database, 'r', {})).rejects.toMatchObject(gone);
    await expect(finishRun(database, 'r', {}, null)).rejects.toMatchObject(gone);
    await expect(saveOutcome(database, 'r', 'tuned', fold(0, [0], [0.1]), {})).rejects.toMatchObject(gone);
    expect(await database.count('outcomes')).toBe(0);
  });

  test('the same run cannot be added twice', async () => {
    const database = await freshDatabase();
    await addRun(database, sampleRun('r'));
    await expect(addRun(database, sampleRun('r'))).rejects.toMatchObject({ code: 'storage-failed' });
  });
});
