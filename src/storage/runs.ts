/**
 * Runs with their curves, weights and, while they work, their finished folds. The training worker writes them,
 * except for names and deletions, which the page writes; both read, change and write a record in one transaction.
 */
import { AppError } from '../core/errors';
import type { ReportContext } from '../core/formats/build-report';
import type { FoldOutcome } from '../core/plan/experiment';
import type { CurvePoint, Run } from '../core/plan/run';
import { write } from './database';
import type { HoneDatabase, RunWeights, StoredOutcome } from './schema';

/** All runs, newest first. */
export async function listRuns(database: HoneDatabase): Promise<Run[]> {
  return (await database.getAll('runs')).sort((a, b) => b.createdAt - a.createdAt);
}

export async function getRun(database: HoneDatabase, id: string): Promise<Run | null> {
  return (await database.get('runs', id)) ?? null;
}

/** Adds a run that is not there yet, with what its report will need should the tab close. */
export async function addRun(database: HoneDatabase, run: Run, context: ReportContext | null = null): Promise<void> {
  await write(database, ['runs', 'contexts'], 'The run', async (transaction) => {
    await transaction.objectStore('runs').add(run);
    if (context !== null) await transaction.objectStore('contexts').put({ runId: run.id, context });
  });
}

/** Changes fields of a run, and keeps its context where given; throws `not-found` when it was deleted meanwhile. */
export async function updateRun(
  database: HoneDatabase,
  id: string,
  change: Partial<Run>,
  context: ReportContext | null = null,
): Promise<Run> {
  return write(database, ['runs', 'contexts'], 'The run', async (transaction) => {
    const store = transaction.objectStore('runs');
    const run = await store.get(id);
    if (run === undefined) throw missing(id);
    const changed = { ...run, ...change };
    await store.put(changed);
    if (context !== null) await transaction.objectStore('contexts').put({ runId: id, context });
    return changed;
  });
}

/** The end of a run: its record and, where there is a model, its weights, in one go; the scaffolding goes. */
export async function finishRun(
  database: HoneDatabase,
  id: string,
  change: Partial<Run>,
  weights: Omit<RunWeights, 'runId'> | null,
): Promise<Run> {
  const stores = ['runs', 'weights', 'contexts', 'outcomes'] as const;
  return write(database, [...stores], 'The finished run', async (transaction) => {
    const store = transaction.objectStore('runs');
    const run = await store.get(id);
    if (run === undefined) throw missing(id);
    const changed = { ...run, ...change, hasWeights: weights !== null };
    await store.put(changed);
    if (weights !== null) await transaction.objectStore('weights').put({ runId: id, ...weights });
    await transaction.objectStore('contexts').delete(id);
    await transaction.objectStore('outcomes').delete(ofRun(id));
    return changed;
  });
}

/** Removes a run with everything that hangs on it. */
export async function deleteRun(database: HoneDatabase, id: string): Promise<void> {
  const stores = ['runs', 'curves', 'weights', 'contexts', 'outcomes'] as const;
  await write(database, [...stores], 'The deletion', async (transaction) => {
    await Promise.all([
      transaction.objectStore('runs').delete(id),
      transaction.objectStore('curves').delete(ofRun(id)),
      transaction.objectStore('weights').delete(id),
      transaction.objectStore('contexts').delete(id),
      transaction.objectStore('outcomes').delete(ofRun(id)),
    ]);
  });
}

/** The points of a run's curve in the order they were recorded. */
export async function getCurve(database: HoneDatabase, runId: string): Promise<CurvePoint[]> {
  return (await database.getAll('curves', ofRun(runId))).flatMap((chunk) => chunk.points);
}

/** Adds points to a curve as chunk number `chunk`, 0-based. */
export async function appendCurve(
  database: HoneDatabase,
  runId: string,
  chunk: number,
  points: CurvePoint[],
): Promise<void> {
  await write(database, ['curves'], 'The curve', async (transaction) => {
    await transaction.objectStore('curves').put({ runId, chunk, points });
  });
}

export async function getWeights(database: HoneDatabase, runId: string): Promise<RunWeights | null> {
  return (await database.get('weights', runId)) ?? null;
}

/** Keeps a finished fold at once, with the run's list of folds as it now is. */
export async function saveOutcome(
  database: HoneDatabase,
  runId: string,
  part: StoredOutcome['part'],
  outcome: FoldOutcome,
  change: Partial<Run>,
): Promise<void> {
  await write(database, ['runs', 'outcomes'], `Fold ${outcome.fold + 1}`, async (transaction) => {
    const run = await transaction.objectStore('runs').get(runId);
    if (run === undefined) throw missing(runId);
    await transaction.objectStore('outcomes').put({ runId, part, fold: outcome.fold, outcome });
    await transaction.objectStore('runs').put({ ...run, ...change });
  });
}

/** What was kept of a run that has not ended: its context and its finished folds. */
export async function getUnfinished(
  database: HoneDatabase,
  runId: string,
): Promise<{ context: ReportContext | null; outcomes: StoredOutcome[] }> {
  const context = await database.get('contexts', runId);
  return { context: context?.context ?? null, outcomes: await database.getAll('outcomes', ofRun(runId)) };
}

/** Every key that begins with a run's id: an array sorts after all numbers and words. */
function ofRun(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []]);
}

function missing(id: string): AppError {
  return new AppError('not-found', 'This run is not in this browser any more.', { details: { id } });
}
