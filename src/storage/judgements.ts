/**
 * What a person adds to a report when its run is over: checks of its answers, and a blind vote. Each changes its own part
 * of what is stored by then, so that two tabs do not undo each other.
 */
import type { CheckSpec } from '../core/checks/check';
import type { Dataset } from '../core/data/dataset';
import { AppError } from '../core/errors';
import { type BlindVote, resultOf } from '../core/report/generation/blind-vote';
import type { GenerationReport } from '../core/report/report';
import { write } from './database';
import type { HoneDatabase } from './schema';

/** Keeps a report that other checks have judged, with the votes that it has by now. */
export async function saveJudged(database: HoneDatabase, runId: string, judged: GenerationReport): Promise<void> {
  await write(database, ['reports'], 'The checks of the report', async (transaction) => {
    const stored = await transaction.objectStore('reports').get(runId);
    if (stored?.report.task !== 'generation') throw missing(runId);
    const { vote } = stored.report.generation;
    const report = { ...judged, generation: { ...judged.generation, vote } };
    await transaction.objectStore('reports').put({ ...stored, report });
  });
}

/** Keeps what answers of a data set are judged by from now on, null for what they suggest; nothing where the set is gone. */
export async function saveChecks(
  database: HoneDatabase,
  datasetId: string,
  checks: CheckSpec[] | null,
): Promise<Dataset | null> {
  return write(database, ['datasets'], 'The checks of the data set', async (transaction) => {
    const store = transaction.objectStore('datasets');
    const dataset = await store.get(datasetId);
    if (dataset === undefined) return null;
    const { checks: _before, ...rest } = dataset;
    const changed: Dataset = { ...rest, ...(checks && { checks }) };
    await store.put(changed);
    return changed;
  });
}

/** The blind vote of a report as far as it went; null where none was begun. */
export async function getVoting(database: HoneDatabase, runId: string): Promise<BlindVote | null> {
  return (await database.get('reports', runId))?.voting ?? null;
}

/** Keeps a blind vote as far as it went, null to begin anew, and its result in the report once there is one. */
export async function saveVoting(database: HoneDatabase, runId: string, voting: BlindVote | null): Promise<void> {
  await write(database, ['reports'], 'The vote', async (transaction) => {
    const stored = await transaction.objectStore('reports').get(runId);
    if (stored?.report.task !== 'generation') throw missing(runId);
    const { report } = stored;
    const vote = voting && resultOf(voting);
    const voted = { ...report, generation: { ...report.generation, vote } };
    await transaction.objectStore('reports').put({ runId, report: voted, ...(voting && { voting }) });
  });
}

function missing(id: string): AppError {
  return new AppError('not-found', 'The report of this run is not in this browser any more.', { details: { id } });
}
