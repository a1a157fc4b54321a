/**
 * The numbered steps that lead to the present shape of the database. A step is never changed once it has shipped: a new
 * shape is a new step at the end of `MIGRATIONS`. What a step finds is of the versions before it, so that it names those
 * shapes itself; it reads them record by record, never a whole store at once.
 */
import type { ClassificationReport } from '../core/report/report';
import { written } from '../core/report/written';
import type { FoldOutcome } from '../core/run/predictions';
import type { CurvePoint, FoldResult, Run } from '../core/run/record';
import { nameRows } from './row-names';
import type { HoneDatabase, StoredOutcome, Upgrade } from './schema';
import { countedRecords, type TellUpgrade } from './upgrade-progress';

/** Resolves when the step is done; one that fails leaves the database as it was. */
export type Migration = (database: HoneDatabase, transaction: Upgrade, tell: TellUpgrade) => void | Promise<void>;

export const MIGRATIONS: readonly Migration[] = [
  // 1: data sets, runs, features and models.
  (database) => {
    database.createObjectStore('datasets', { keyPath: 'id' });
    database.createObjectStore('rows', { keyPath: ['datasetId', 'version', 'chunk'] });
    database.createObjectStore('files', { keyPath: 'datasetId' });
    database.createObjectStore('runs', { keyPath: 'id' });
    database.createObjectStore('curves', { keyPath: ['runId', 'chunk'] });
    database.createObjectStore('weights', { keyPath: 'runId' });
    database.createObjectStore('contexts', { keyPath: 'runId' });
    database.createObjectStore('outcomes', { keyPath: ['runId', 'part', 'fold'] });
    database.createObjectStore('features', { keyPath: 'key' });
    database.createObjectStore('featureSizes', { keyPath: 'key' });
    database.createObjectStore('models', { keyPath: 'key' });
  },
  // 2: what an unfinished run goes on from. Its finished folds are kept as whole pieces from now on.
  async (database, transaction, tell) => {
    database.createObjectStore('finals', { keyPath: ['runId', 'part'] });
    database.createObjectStore('checkpoints', { keyPath: ['runId', 'fold', 'number'] });
    database.createObjectStore('shards', { keyPath: ['runId', 'fold', 'number', 'shard'] });
    database.createObjectStore('selfTests', { keyPath: 'key' });
    await completeOutcomes(transaction, tell);
  },
  // 3: the frozen layers' output in stores of its own, and what was used longest ago found without reading all ages.
  async (database, transaction) => {
    database.createObjectStore('stateBlocks', { keyPath: 'key' }).createIndex('byAge', 'usedAt');
    database.createObjectStore('states', { keyPath: ['block', 'piece'] });
    transaction.objectStore('featureSizes').createIndex('byAge', 'usedAt');
    const prefixes = IDBKeyRange.bound('prefix/', 'prefix/\uffff');
    for (const store of ['features', 'featureSizes'] as const) await transaction.objectStore(store).delete(prefixes);
  },
  // 4: reports in a store of their own, with a summary in the record; points and folds name their metrics.
  async (database, transaction, tell) => {
    database.createObjectStore('reports', { keyPath: 'runId' });
    await takeOutReports(transaction, tell);
    await nameMetricsOfCurves(transaction, tell);
  },
  // 5: rows have ids, and the rows of findings stand in a store of their own.
  async (database, transaction, tell) => {
    database.createObjectStore('findingRows', { keyPath: ['datasetId', 'version', 'findingId'] });
    await nameRows(transaction, tell);
  },
  // 6: what an unfinished run of written answers goes on from.
  (database) => {
    database.createObjectStore('answers', { keyPath: ['runId', 'fold', 'row'] });
    database.createObjectStore('writtenFolds', { keyPath: ['runId', 'fold'] });
  },
];

/** A finished fold as step 1 kept it. */
type OutcomeOfStep1 = Omit<StoredOutcome, 'piece'> & { outcome: FoldOutcome };

async function completeOutcomes(transaction: Upgrade, tell: TellUpgrade): Promise<void> {
  const count = await countedRecords(transaction, 'outcomes', tell);
  for await (const cursor of transaction.objectStore('outcomes')) {
    // The schema's types are of the newest version; what stands here was written by step 1.
    const { runId, part, fold, outcome } = cursor.value as unknown as OutcomeOfStep1;
    const piece = { id: part, outcome, chosenC: null, notes: [], trainedParameters: 0 };
    await cursor.update({ runId, part, fold, piece });
    count();
  }
}

/** A finished fold in the record of a run, as step 1 kept it. */
type FoldOfStep1 = Omit<FoldResult, 'metrics'> & { accuracy: number; macroF1: number };
/** The record of a run as step 1 kept it, with its whole report. */
type RunOfStep1 = Omit<Run, 'folds' | 'summary'> & {
  folds: FoldOfStep1[];
  report: Omit<ClassificationReport, 'task'> | null;
};

async function takeOutReports(transaction: Upgrade, tell: TellUpgrade): Promise<void> {
  const count = await countedRecords(transaction, 'runs', tell);
  const reports = transaction.objectStore('reports');
  for await (const cursor of transaction.objectStore('runs')) {
    // As above: written by step 1.
    const { report: kept, ...run } = cursor.value as unknown as RunOfStep1;
    const report: ClassificationReport | null = kept && { ...kept, task: 'classification' };
    if (report !== null) await reports.put({ runId: run.id, report });
    const folds = run.folds.map(({ accuracy, macroF1, ...fold }) => ({
      ...fold,
      metrics: { accuracy, macro_f1: macroF1 },
    }));
    await cursor.update({ ...run, folds, summary: report && written(report).summary() });
    count();
  }
}

/** A point of a curve as step 1 kept it. */
type PointOfStep1 = Omit<CurvePoint, 'metrics'> & { validAccuracy: number | null; validMacroF1: number | null };

async function nameMetricsOfCurves(transaction: Upgrade, tell: TellUpgrade): Promise<void> {
  const count = await countedRecords(transaction, 'curves', tell);
  for await (const cursor of transaction.objectStore('curves')) {
    const { runId, chunk, points } = cursor.value;
    // As above: written by step 1.
    await cursor.update({ runId, chunk, points: (points as unknown as PointOfStep1[]).map(namedPoint) });
    count();
  }
}

function namedPoint({ validAccuracy, validMacroF1, ...point }: PointOfStep1): CurvePoint {
  if (validAccuracy === null || validMacroF1 === null) return { ...point, metrics: null };
  return { ...point, metrics: { accuracy: validAccuracy, macro_f1: validMacroF1 } };
}
