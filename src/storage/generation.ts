/** What is finished of a run of written answers that still works: its folds, and its held-out rows as far as they are answered. */
import type { TrainedAdapter } from '../core/run/generation';
import type { AnsweredRow, GenerationFold } from '../core/run/generation-outcome';
import type { Run } from '../core/run/record';
import { write } from './database';
import { type CurveAddition, demandRun, getAdapter, ofFold, ofRun } from './runs';
import type { HoneDatabase } from './schema';

/** Keeps rows as far as they are answered; each takes the place of what was kept of it. */
export async function saveRows(database: HoneDatabase, runId: string, rows: readonly AnsweredRow[]): Promise<void> {
  await write(database, ['runs', 'answers'], 'The answers', async (transaction) => {
    await demandRun(transaction, runId);
    const answers = transaction.objectStore('answers');
    for (const answered of rows) await answers.put({ runId, fold: answered.fold, row: answered.row, answered });
  });
}

/**
 * Keeps a finished fold with the run's record as it now is and the curve up to here, and its adapter for a run that ends
 * before its final fit. Its checkpoints go: it is not gone on with again.
 */
export async function saveWrittenFold(
  database: HoneDatabase,
  runId: string,
  outcome: GenerationFold,
  change: Partial<Run>,
  { adapter, curve }: { adapter: TrainedAdapter | null; curve: CurveAddition | null },
): Promise<void> {
  const { fold } = outcome;
  const stores = ['runs', 'writtenFolds', 'curves', 'weights', 'checkpoints', 'shards'] as const;
  await write(database, [...stores], `Fold ${fold + 1}`, async (transaction) => {
    const run = await demandRun(transaction, runId);
    await transaction.objectStore('writtenFolds').put({ runId, fold, outcome });
    await transaction.objectStore('runs').put({ ...run, ...change });
    if (curve !== null) await transaction.objectStore('curves').put({ runId, ...curve });
    if (adapter !== null) await transaction.objectStore('weights').put({ runId, adapter });
    await transaction.objectStore('checkpoints').delete(ofFold(runId, fold));
    await transaction.objectStore('shards').delete(ofFold(runId, fold));
  });
}

/** What is kept of an unfinished run of written answers. */
export interface UnfinishedWriting {
  folds: GenerationFold[];
  rows: AnsweredRow[];
  /** Of the last finished fold. */
  fallback: TrainedAdapter | null;
}

/** All that is kept of one, in the order of its folds and rows. */
export async function getUnfinishedWriting(database: HoneDatabase, runId: string): Promise<UnfinishedWriting> {
  return {
    folds: (await database.getAll('writtenFolds', ofRun(runId))).map(({ outcome }) => outcome),
    rows: (await database.getAll('answers', ofRun(runId))).map(({ answered }) => answered),
    fallback: await getAdapter(database, runId),
  };
}
