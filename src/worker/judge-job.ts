/** Judges the kept answers of a run by the checks that a person picked, and keeps them with its report and its data set. */
import type { CheckSpec, CheckTools } from '../core/checks/check';
import { AppError } from '../core/errors';
import { withChecks } from '../core/report/generation/checks';
import { saveChecks, saveJudged } from '../storage/judgements';
import { getReport, getRun } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';

export interface JudgePorts {
  database: HoneDatabase;
  checkTools: CheckTools;
}

/** Throws `not-found` where the run or its report is gone. */
export async function judgeReport(
  { database, checkTools }: JudgePorts,
  { runId, checks }: { runId: string; checks: CheckSpec[] },
): Promise<void> {
  const [run, report] = [await getRun(database, runId), await getReport(database, runId)];
  if (run === null || report?.task !== 'generation') {
    throw new AppError('not-found', 'The report of this run is not in this browser any more.', { details: { runId } });
  }
  await saveJudged(database, runId, await withChecks(report, checks, checkTools));
  await saveChecks(database, run.datasetId, checks);
}
