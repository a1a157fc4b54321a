/**
 * Ends runs whose worker is gone: a closed tab, a crash. What they had finished becomes a report that says what is
 * missing; nothing is left in a state that nobody will ever change.
 */
import type { ErrorData } from '../core/errors';
import { buildReport, type ReportContext } from '../core/formats/build-report';
import type { BaselineId, ExperimentOutcome, FoldOutcome } from '../core/plan/experiment';
import { emptyOutcome, missingParts } from '../core/plan/outcome';
import { isFinal, type JobState, type Run } from '../core/plan/run';
import { finishRun, getCurve, getUnfinished, listRuns } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';

export interface RecoverPorts {
  database: HoneDatabase;
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs the body once no run works in any tab; null when that does not come soon. */
  tryLock<T>(body: () => Promise<T>): Promise<T | null>;
}

export interface SeenDeath {
  runId: string;
  state: 'failed' | 'cancelled';
  error: ErrorData;
}

/** Ends what has no worker any more and returns the ids; none while another tab trains, but for the run seen to die. */
export async function recoverRuns(ports: RecoverPorts, seen: SeenDeath | null): Promise<string[]> {
  const ended: string[] = [];
  const unfinished = async (): Promise<Run[]> =>
    (await listRuns(ports.database)).filter(({ state }) => !isFinal(state));
  const dead = (await unfinished()).find(({ id }) => id === seen?.runId);
  if (seen && dead) {
    await endRun(ports, dead, seen.state, seen.error);
    ended.push(dead.id);
  }
  if ((await unfinished()).length === 0) return ended;
  await ports.tryLock(async () => {
    // Asked again: a run of another tab may have ended well while this one waited for the lock.
    for (const run of await unfinished()) {
      await endRun(ports, run, 'stopped', null);
      ended.push(run.id);
    }
  });
  return ended;
}

/** Ends one run with what it had finished: a partial report, unless it was cancelled or had no fold yet. */
export async function endRun(
  ports: Pick<RecoverPorts, 'database' | 'now'>,
  run: Run,
  state: JobState,
  error: ErrorData | null,
): Promise<void> {
  const { database } = ports;
  const { context, outcomes } = await getUnfinished(database, run.id);
  const at = ports.now();
  const folds = outcomes.filter(({ part }) => part === 'tuned').map(({ outcome }) => outcome);
  const baseline = (id: BaselineId): FoldOutcome[] =>
    outcomes.filter(({ part }) => part === id).map(({ outcome }) => outcome);
  const partial = context && partialOutcome(context, folds, baseline);
  const report =
    partial && state !== 'cancelled'
      ? buildReport(context, partial, {
          createdAt: new Date(at).toISOString(),
          totalSeconds: (run.updatedAt - run.createdAt) / 1000,
          curve: await getCurve(database, run.id),
        })
      : null;
  const message = error ? error.message : 'The tab was closed while the run worked. What was finished is kept.';
  const log = [...run.log, { at, message }];
  await finishRun(database, run.id, { state, error, report, log, updatedAt: at }, null);
}

function partialOutcome(
  context: ReportContext,
  folds: FoldOutcome[],
  baseline: (id: BaselineId) => FoldOutcome[],
): ExperimentOutcome {
  const outcome: ExperimentOutcome = {
    ...emptyOutcome(),
    folds,
    baselines: {
      majority: baseline('majority'),
      tfidf_logistic_regression: baseline('tfidf_logistic_regression'),
      features_only: baseline('features_only'),
    },
  };
  outcome.timings.foldsSeconds = folds.reduce((sum, { seconds }) => sum + seconds, 0);
  return { ...outcome, missing: missingParts(outcome, context, context.test !== null) };
}
