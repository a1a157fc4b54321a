/**
 * Settles runs whose worker is gone: a closed tab, a crash. Such a run waits for the person as `interrupted`, never as one
 * that was stopped; where the person wants that, what it had finished becomes a report that says what is missing. Nothing
 * is left in a state that nobody will ever change.
 */
import type { CheckTools } from '../core/checks/check';
import { AppError, type ErrorData, toErrorData } from '../core/errors';
import { buildReport } from '../core/report/build-report';
import { encodersIn, type ReportContext, type ReportEnding } from '../core/report/context';
import { buildGenerationReport } from '../core/report/generation/build';
import type { GenerationReportContext } from '../core/report/generation/context';
import { isOfWriting } from '../core/report/run-context';
import type { Report } from '../core/report/report';
import type { KeptWeights } from '../core/run/kept-weights';
import type { ExperimentOutcome } from '../core/run/experiment';
import type { GenerationOutcome } from '../core/run/generation-outcome';
import { concludeRun, noTimings } from '../core/run/outcome';
import { concludeWriting } from '../core/run/write-outcome';
import { RunPieces } from '../core/run/pieces';
import { concludedPieces, isTrialPiece, seenOf } from '../core/run/search-pieces';
import { ladderOutcome } from '../core/search/outcome';
import { withModels } from '../core/search/plan';
import { ladderTable } from '../core/search/table';
import { searchReport } from '../core/report/ladder';
import { searchJudge } from '../core/report/search-judge';
import { isAtWork, isFinal, type JobState, type Run } from '../core/run/record';
import { hasCheckpoint } from '../storage/checkpoints';
import { finishRun, getCurve, getRun, getUnfinished, listRuns, type Unfinished, updateRun } from '../storage/runs';
import { getUnfinishedWriting, type UnfinishedWriting } from '../storage/generation';
import type { HoneDatabase } from '../storage/schema';
import { judgedByRun } from './judge-run';

export interface RecoverPorts {
  database: HoneDatabase;
  /** Milliseconds since 1970. */
  now(): number;
  /** What checks of written answers need. */
  checkTools: CheckTools;
  /** Runs the body once no run works in any tab; null when that does not come soon. */
  tryLock<T>(body: () => Promise<T>): Promise<T | null>;
  /** As `tryLock`, however long it takes. */
  lock<T>(body: () => Promise<T>): Promise<T>;
}

export interface SeenDeath {
  runId: string;
  state: 'cancelled' | 'interrupted';
  error: ErrorData;
}

export interface Recovered {
  runIds: string[];
  /** Why not all of it could be written, as on a full disk: those runs are broken off all the same. */
  fault: ErrorData | null;
}

/**
 * Settles what has no worker any more and returns the ids. The run seen to die is settled as it was seen, once its worker
 * has let go; where another tab works instead, that may be on this very run, and whatever is left dead is settled after it.
 */
export async function recoverRuns(ports: RecoverPorts, seen: SeenDeath | null): Promise<Recovered> {
  const { database } = ports;
  const recovered: Recovered = { runIds: [], fault: null };
  const settle = async (runId: string, body: () => Promise<void>): Promise<void> => {
    recovered.runIds.push(runId);
    try {
      await body();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      recovered.fault = toErrorData(error);
    }
  };
  if (seen) {
    const { runId, state, error } = seen;
    const done = await ports.tryLock(async () => {
      const run = await getRun(database, runId);
      // A device that failed leaves an interrupted record, and may be given up afterwards.
      if (run && !isFinal(run.state)) {
        await settle(runId, () =>
          state === 'interrupted' ? interrupt(ports, run, error) : endRun(ports, run, state, error),
        );
      }
      return true;
    });
    if (done !== null) return recovered;
  }
  const atWork = async (): Promise<Run[]> => (await listRuns(database)).filter(({ state }) => isAtWork(state));
  if ((await atWork()).length === 0) return recovered;
  await ports.lock(async () => {
    // Asked again: a run of another tab may have ended well while this one waited for the lock.
    for (const run of await atWork()) await settle(run.id, () => interrupt(ports, run, null));
  });
  return recovered;
}

/** Ends an interrupted run with what it had; throws `busy` when it is gone on with meanwhile. */
export async function finishInterrupted(ports: Omit<RecoverPorts, 'lock'>, runId: string): Promise<void> {
  const done = await ports.tryLock(async () => {
    const run = await getRun(ports.database, runId);
    // One whose state could not be written, on a full disk, still says «at work».
    if (run && !isFinal(run.state)) await endRun(ports, run, 'stopped', null);
    return true;
  });
  if (done === null) {
    throw new AppError('busy', 'A run is working, perhaps this one in another tab. Wait for its end.');
  }
}

async function hasSomething(database: HoneDatabase, runId: string): Promise<boolean> {
  const { context, folds, finals } = await getUnfinished(database, runId);
  if (context === null) return false;
  const writing = await getUnfinishedWriting(database, runId);
  const pieces = folds.length + finals.length + writing.folds.length + writing.rows.length;
  return pieces > 0 || (await hasCheckpoint(database, runId));
}

async function interrupt(
  { database, now }: Pick<RecoverPorts, 'database' | 'now'>,
  run: Run,
  error: ErrorData | null,
): Promise<void> {
  const at = now();
  const message =
    error?.message ??
    ((await hasSomething(database, run.id))
      ? 'The tab was closed while the run worked. What it had is kept, and it can be resumed.'
      : 'The tab was closed before anything of the run was kept. Resumed, it begins at its start.');
  await updateRun(database, run.id, { state: 'interrupted', error, log: [...run.log, { at, message }], updatedAt: at });
}

/** Ends one run with what it had finished: a partial report, unless it was cancelled or had no fold yet, and a model. */
export async function endRun(
  ports: Pick<RecoverPorts, 'database' | 'now' | 'checkTools'>,
  run: Run,
  state: JobState,
  error: ErrorData | null,
): Promise<void> {
  const { database } = ports;
  const at = ports.now();
  const { report, weights } = await resultsOf(ports, run, {
    createdAt: new Date(at).toISOString(),
    totalSeconds: (run.progress?.elapsedMs ?? run.updatedAt - run.createdAt) / 1000,
  });
  const message = error ? error.message : 'Ended with what was finished.';
  const log = [...run.log, { at, message }];
  const results = state === 'cancelled' ? { report: null, weights: null } : { report, weights: report && weights };
  await finishRun(database, run.id, { state, error, log, updatedAt: at }, results);
}

/** What an unfinished run comes to with what is kept of it. */
async function resultsOf(
  { database, checkTools }: Pick<RecoverPorts, 'database' | 'checkTools'>,
  run: Run,
  ended: Omit<ReportEnding, 'curve'>,
): Promise<{ report: Report | null; weights: KeptWeights | null }> {
  const kept = await getUnfinished(database, run.id);
  const { context } = kept;
  if (context === null) return { report: null, weights: null };
  const ending = { ...ended, curve: await getCurve(database, run.id) };
  if (isOfWriting(context)) {
    const writing = await getUnfinishedWriting(database, run.id);
    const outcome = partialWriting(context, writing);
    const built = buildGenerationReport(context, outcome, ending);
    const report = built && (await judgedByRun(built, context, run.request, checkTools));
    return { report, weights: writing.fallback && { adapter: writing.fallback } };
  }
  if (context.search) return { report: partialSearch(context, context.search, kept, { run, ending }), weights: null };
  const outcome = partialOutcome(context, kept, run);
  const weights = kept.fallback && { tuned: kept.fallback, base: outcome.base };
  return { report: buildReport(context, outcome, ending), weights };
}

function partialWriting(
  { plan }: GenerationReportContext,
  { folds, rows, fallback }: UnfinishedWriting,
): GenerationOutcome {
  const timings = { ...noTimings(), foldsSeconds: folds.reduce((sum, { seconds }) => sum + seconds, 0) };
  const trainedParameters = fallback?.tensors.reduce((sum, { values }) => sum + values.length, 0) ?? 0;
  return concludeWriting({ folds, rows, final: null, notes: [], trainedParameters, timings }, plan);
}

/** The table of a search that was broken off; null where no rung that leaves a model has all its folds. */
function partialSearch(
  context: ReportContext,
  { rungs, settings, ...search }: NonNullable<ReportContext['search']>,
  { folds, finals }: Unfinished,
  { run, ending }: { run: Run; ending: ReportEnding },
): Report | null {
  const plan = withModels(search.plan, rungs);
  const judge = searchJudge(context);
  const { skipped = [] } = run.search ?? {};
  const seen = seenOf(plan, judge, { pieces: folds, skipped });
  const conclusion = ladderOutcome(plan, judge, seen);
  const own = conclusion && settings[conclusion.recommended];
  if (!conclusion || !own) return null;
  const readMs = 1000 * (run.featuresSeconds ?? 0);
  const table = ladderTable({ plan, judge, seen, readMs }, rungs);
  const encoders = encodersIn(context).map(({ title }) => title);
  const found = searchReport({
    plan,
    judge,
    rungs,
    settings,
    encoders,
    table,
    conclusion,
    stopped: true,
    fitted: false,
  });
  const ended = { ...context, settings: own };
  const { named, nested } = concludedPieces({ plan, rungs }, conclusion, folds);
  const others = folds.filter((piece) => !isTrialPiece(piece));
  const pieces = new RunPieces({ folds: [...others, ...named], finals, fits: [] });
  const timings = { ...noTimings(), featuresSeconds: readMs / 1000, foldsSeconds: table.seconds - readMs / 1000 };
  const outcome = concludeRun({ pieces, fallback: null, timings }, ended, context.test !== null);
  return buildReport(ended, nested(outcome), ending, found);
}

/** Put together as a run that ends by itself is, from what was kept of it. */
function partialOutcome(context: ReportContext, kept: Unfinished, run: Run): ExperimentOutcome {
  const pieces = new RunPieces({ ...kept, fits: [] });
  const timings = {
    ...noTimings(),
    featuresSeconds: run.featuresSeconds ?? 0,
    baselinesSeconds: pieces.baselineSeconds(),
    foldsSeconds: pieces.seconds('tuned'),
  };
  return concludeRun({ pieces, fallback: kept.fallback, timings }, context, context.test !== null);
}
