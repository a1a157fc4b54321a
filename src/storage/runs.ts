/**
 * Runs with their curves, reports, weights and, while they work, what is finished of them (the fits under way are in
 * checkpoints.ts). The training worker writes them, except for names and deletions, which the page writes, and for runs that come
 * in as a bundle, which the data worker does (bundles.ts); all read,
 * change and write a record in one transaction.
 */
import { AppError } from '../core/errors';
import type { RunContext } from '../core/report/run-context';
import type { Report } from '../core/report/report';
import { written } from '../core/report/written';
import type { KeptWeights } from '../core/run/kept-weights';
import type { FinalPiece, FoldPiece } from '../core/run/checkpoint';
import type { TrainedModel } from '../core/run/trained-model';
import { type CurvePoint, isAtWork, type Run } from '../core/run/record';
import { write, type WriteTransaction } from './database';
import type { AdapterWeights, ClassifierWeights, HoneDatabase } from './schema';

/** What a run has only until it ends. */
const SCAFFOLDING = ['contexts', 'outcomes', 'finals', 'answers', 'writtenFolds', 'checkpoints', 'shards'] as const;

/** The records of all runs, newest first; no report is read. */
export async function listRuns(database: HoneDatabase): Promise<Run[]> {
  return (await database.getAll('runs')).sort((a, b) => b.createdAt - a.createdAt);
}

export async function getRun(database: HoneDatabase, id: string): Promise<Run | null> {
  return (await database.get('runs', id)) ?? null;
}

/** The report of a run; null where it has none. */
export async function getReport(database: HoneDatabase, runId: string): Promise<Report | null> {
  return (await database.get('reports', runId))?.report ?? null;
}

/** Adds a run that is not there yet, with what its report will need should the tab close. */
export async function addRun(database: HoneDatabase, run: Run, context: RunContext | null = null): Promise<void> {
  await write(database, ['runs', 'contexts'], 'The run', async (transaction) => {
    await transaction.objectStore('runs').add(run);
    if (context !== null) await transaction.objectStore('contexts').put({ runId: run.id, context });
  });
}

/** Adds a run that is over, with its report and its curve; false where it is there already, and then nothing changes. */
export async function addReportedRun(
  database: HoneDatabase,
  run: Run,
  { report, curve }: { report: Report; curve: CurvePoint[] },
): Promise<boolean> {
  return write(database, ['runs', 'reports', 'curves'], 'The report', async (transaction) => {
    if ((await transaction.objectStore('runs').get(run.id)) !== undefined) return false;
    await transaction.objectStore('runs').add(run);
    await transaction.objectStore('reports').put({ runId: run.id, report });
    await transaction.objectStore('curves').put({ runId: run.id, chunk: 0, points: curve });
    return true;
  });
}

/** Changes fields of a run, and keeps its context where given; throws `not-found` when it was deleted meanwhile. */
export async function updateRun(
  database: HoneDatabase,
  id: string,
  change: Partial<Run>,
  context: RunContext | null = null,
): Promise<Run> {
  return write(database, ['runs', 'contexts'], 'The latest state of the run', async (transaction) => {
    const changed = { ...(await demandRun(transaction, id)), ...change };
    await transaction.objectStore('runs').put(changed);
    if (context !== null) await transaction.objectStore('contexts').put({ runId: id, context });
    return changed;
  });
}

/** What a run ends with besides its record. */
export interface RunResults {
  report: Report | null;
  weights: KeptWeights | null;
}

/** What else an end may bring. */
export interface EndExtras {
  /** Points that are not in storage yet. */
  curve?: CurveAddition | null;
  /** What a run is put back from that is not here any more, where a person has its end saved all the same. */
  restored?: { run: Run; curve: CurvePoint[] } | null;
}

/**
 * The end of a run: its record and, where there are, its report and its weights, in one go; the scaffolding goes. Throws
 * `not-found` for a run that was deleted meanwhile, unless it is to be restored.
 */
export async function finishRun(
  database: HoneDatabase,
  id: string,
  change: Partial<Run>,
  { report, weights }: RunResults,
  { curve = null, restored = null }: EndExtras = {},
): Promise<Run> {
  const stores = ['runs', 'curves', 'reports', 'weights', ...SCAFFOLDING] as const;
  return write(database, [...stores], 'The finished run', async (transaction) => {
    const curves = transaction.objectStore('curves');
    const known = await transaction.objectStore('runs').get(id);
    if (known === undefined && restored) await curves.put({ runId: id, chunk: 0, points: restored.curve });
    else if (curve !== null) await curves.put({ runId: id, ...curve });
    const run = known ?? restored?.run ?? (await demandRun(transaction, id));
    const changed = { ...run, ...change, summary: report && written(report).summary(), hasWeights: weights !== null };
    await transaction.objectStore('runs').put(changed);
    if (report === null) await transaction.objectStore('reports').delete(id);
    else await transaction.objectStore('reports').put({ runId: id, report });
    // Until now they were those of the last finished fold.
    if (weights === null) await transaction.objectStore('weights').delete(id);
    else await transaction.objectStore('weights').put({ runId: id, ...weights });
    await takeDown(transaction, id);
    return changed;
  });
}

/**
 * Removes a run with everything that hangs on it; throws `busy` for one that works, perhaps in another tab, unless it is
 * known to be `dead` and only its record could not be told so.
 */
export async function deleteRun(database: HoneDatabase, id: string, dead = false): Promise<void> {
  const stores = ['runs', 'curves', 'reports', 'weights', ...SCAFFOLDING] as const;
  await write(database, [...stores], 'The deletion', async (transaction) => {
    const runs = transaction.objectStore('runs');
    const run = await runs.get(id);
    if (run && !dead && isAtWork(run.state))
      throw new AppError('busy', 'This run is working again. Stop it, then delete it.');
    await runs.delete(id);
    await transaction.objectStore('curves').delete(ofRun(id));
    await transaction.objectStore('reports').delete(id);
    await transaction.objectStore('weights').delete(id);
    await takeDown(transaction, id);
  });
}

/** The points of a run's curve in the order they were recorded. */
export async function getCurve(database: HoneDatabase, runId: string): Promise<CurvePoint[]> {
  return (await database.getAll('curves', ofRun(runId))).flatMap((chunk) => chunk.points);
}

/** Points of a curve that stand together in storage; chunks are numbered from 0. */
export interface CurveAddition {
  chunk: number;
  points: CurvePoint[];
}

/** Adds points to a curve. */
export async function appendCurve(
  database: HoneDatabase,
  runId: string,
  { chunk, points }: CurveAddition,
): Promise<void> {
  await write(database, ['curves'], 'The curve', async (transaction) => {
    await transaction.objectStore('curves').put({ runId, chunk, points });
  });
}

/** Puts these points in place of a run's curve: as one chunk. */
export async function replaceCurve(database: HoneDatabase, runId: string, points: CurvePoint[]): Promise<void> {
  await write(database, ['curves'], 'The curve', async (transaction) => {
    await transaction.objectStore('curves').delete(ofRun(runId));
    await transaction.objectStore('curves').put({ runId, chunk: 0, points });
  });
}

/** The classifier that a run left; null where it left none. */
export async function getWeights(database: HoneDatabase, runId: string): Promise<ClassifierWeights | null> {
  const weights = await database.get('weights', runId);
  return weights && 'tuned' in weights ? weights : null;
}

/** What a run of whatever task left; null where it left none. */
export async function getKeptWeights(database: HoneDatabase, runId: string): Promise<KeptWeights | null> {
  const weights = await database.get('weights', runId);
  if (weights === undefined) return null;
  const { runId: _, ...kept } = weights;
  return kept;
}

/** The adapter that a run of written answers left; null where it left none. */
export async function getAdapter(database: HoneDatabase, runId: string): Promise<AdapterWeights['adapter'] | null> {
  const weights = await database.get('weights', runId);
  return weights && 'adapter' in weights ? weights.adapter : null;
}

/**
 * Keeps a finished fold at once, with the run's record as it now is and the curve up to here; `model`: of this fold, for a
 * run that ends before its final fit. Its checkpoints go: it is not gone on with again.
 */
export async function saveFold(
  database: HoneDatabase,
  runId: string,
  piece: FoldPiece,
  change: Partial<Run>,
  more: { model?: TrainedModel | null; curve?: CurveAddition | null } = {},
): Promise<void> {
  const { model = null, curve = null } = more;
  const { id, outcome } = piece;
  const stores = ['runs', 'outcomes', 'curves', 'weights', 'checkpoints', 'shards'] as const;
  await write(database, [...stores], `Fold ${outcome.fold + 1}`, async (transaction) => {
    const run = await demandRun(transaction, runId);
    await transaction.objectStore('outcomes').put({ runId, part: id, fold: outcome.fold, piece });
    await transaction.objectStore('runs').put({ ...run, ...change });
    if (curve !== null) await transaction.objectStore('curves').put({ runId, ...curve });
    if (model !== null) await transaction.objectStore('weights').put({ runId, tuned: model, base: null });
    // Baselines leave no state; those of trials are fitted one trial after the other.
    if (id !== 'tuned' && !id.startsWith('trial')) return;
    await transaction.objectStore('checkpoints').delete(ofFold(runId, outcome.fold));
    await transaction.objectStore('shards').delete(ofFold(runId, outcome.fold));
  });
}

/** Keeps a baseline's fit to all rows. */
export async function saveFinal(database: HoneDatabase, runId: string, piece: FinalPiece): Promise<void> {
  await write(database, ['runs', 'finals'], 'A baseline', async (transaction) => {
    await demandRun(transaction, runId);
    await transaction.objectStore('finals').put({ runId, part: piece.id, piece });
  });
}

/** What is finished of a run that has not ended. */
export interface Unfinished {
  context: RunContext | null;
  /** In the order of their folds. */
  folds: FoldPiece[];
  finals: FinalPiece[];
  /** The model of the last finished fold. */
  fallback: TrainedModel | null;
}

export async function getUnfinished(database: HoneDatabase, runId: string): Promise<Unfinished> {
  const context = await database.get('contexts', runId);
  const weights = await getWeights(database, runId);
  return {
    context: context?.context ?? null,
    folds: (await database.getAll('outcomes', ofRun(runId))).map(({ piece }) => piece),
    finals: (await database.getAll('finals', ofRun(runId))).map(({ piece }) => piece),
    fallback: weights?.tuned ?? null,
  };
}

async function takeDown(transaction: WriteTransaction, id: string): Promise<void> {
  await transaction.objectStore('contexts').delete(id);
  for (const store of SCAFFOLDING) if (store !== 'contexts') await transaction.objectStore(store).delete(ofRun(id));
}

/** Every key that begins with a run's id: an array sorts after all numbers and words. */
export function ofRun(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []]);
}

/** The record of a run within a transaction; a run that was deleted meanwhile is not brought back by a save. */
export async function demandRun(transaction: WriteTransaction, id: string): Promise<Run> {
  const run = await transaction.objectStore('runs').get(id);
  if (run !== undefined) return run;
  throw new AppError('not-found', 'This run is not in this browser any more.', { details: { id } });
}

/** As `ofRun`, for one fold. */
export function ofFold(runId: string, fold: number): IDBKeyRange {
  return IDBKeyRange.bound([runId, fold], [runId, fold, []]);
}
