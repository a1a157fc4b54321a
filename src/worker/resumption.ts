/** What a run that was broken off goes on with: its record, its finished pieces, the newest whole state of its fits, its curve. */
import { AppError, type ErrorCode, type ErrorData } from '../core/errors';
import type { ReportContext } from '../core/report/context';
import type { GenerationReportContext } from '../core/report/generation/context';
import { isOfWriting, type RunContext } from '../core/report/run-context';
import { formatCount } from '../core/words/numbers';
import { type FitState, knownPoints, type KeptWork } from '../core/run/checkpoint';
import { type CurvePoint, isFinal, type Run, type RunRequest } from '../core/run/record';
import { adapterShape } from '../engine/adapters/adapter';
import type { Encoder } from '../engine/models/encoder';
import { HEAD_BIAS, HEAD_WEIGHT } from '../engine/tasks/classification/head';
import { foreignBuild, readCheckpoints } from '../storage/checkpoints';
import { getDataset } from '../storage/datasets';
import { getUnfinishedWriting } from '../storage/generation';
import { getCurve, getRun, getUnfinished, replaceCurve } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';
import { demandMethod } from './run-request';

export interface Resumption {
  run: Run;
  /** Null when it broke off before its rows were split. */
  context: RunContext | null;
  kept: KeptWork;
  /** The curve up to where it goes on; the one in storage is cut to it. */
  points: CurvePoint[];
  /** What was found wrong, and in words why and from where it goes on: for the log. */
  faults: string[];
  message: string;
}

/**
 * Reads what is kept of a run. Throws `not-found`, `config-invalid` when it is over or of an unknown method, and `checkpoint-foreign` when another
 * build of the app began it; nothing is changed then. `because`: what it broke down of, null when a person resumes it.
 */
export async function readResumption(
  database: HoneDatabase,
  runId: string,
  build: string,
  because: ErrorData | null,
): Promise<Resumption> {
  const run = await getRun(database, runId);
  if (!run) throw new AppError('not-found', 'This run is not in this browser any more.');
  if (isFinal(run.state)) throw new AppError('config-invalid', 'This run is over. Start it again to have another.');
  demandMethod(run.method);
  if (run.build !== build) throw foreignBuild({ build: run.build, expected: build });
  await demandData(database, run.request);
  const { context, folds, finals, fallback } = await getUnfinished(database, runId);
  const { fits, faults } = await readCheckpoints(database, runId, build);
  const workedMs = run.progress?.elapsedMs ?? 0;
  const { featuresSeconds = 0 } = run;
  const kept: KeptWork = { folds, finals, fallback, fits, workedMs, featuresSeconds };
  const curve = await getCurve(database, runId);
  const written = (await getUnfinishedWriting(database, runId)).folds.map(({ fold }) => fold);
  const done = [...folds.flatMap(({ id, outcome }) => (id === 'tuned' ? outcome.fold : [])), ...written];
  const points = knownPoints(curve, { done, fits });
  if (curve.length > 0) await replaceCurve(database, runId, points);
  return {
    run,
    context,
    kept,
    points,
    faults,
    message: `${reasonOf(because)}; going on from ${placeOf(kept, done.length, run)}.`,
  };
}

/** Opened again, a file that was deleted is another data set: what it had would not be found. */
async function demandData(database: HoneDatabase, { datasetId, evaluation: { test } }: RunRequest): Promise<void> {
  for (const id of test.kind === 'file' ? [datasetId, test.datasetId] : [datasetId]) {
    if ((await getDataset(database, id)) !== null) continue;
    const which = id === datasetId ? 'data set' : 'test file';
    throw new AppError(
      'not-found',
      `The ${which} of this run was deleted, so it cannot be resumed. Finish it with what there is.`,
    );
  }
}

const REASONS: Partial<Record<ErrorCode, string>> = {
  'device-lost': 'The GPU was lost',
  'gpu-error': 'The GPU reported an error',
  'out-of-memory': 'The memory ran out',
};

function reasonOf(because: ErrorData | null): string {
  if (because === null) return 'Resumed';
  return REASONS[because.code] ?? 'The background part of the page stopped';
}

function placeOf({ fits, folds }: KeptWork, done: number, run: Run): string {
  if (fits.length > 0) return fits.map(placeIn).join(' and ') + rungOf(run);
  if (done > 0) return `the end of fold ${done}`;
  if (run.request.search && folds.length > 0) return 'the rungs that were done';
  return folds.length > 0 ? 'the comparisons' : `the start of «${run.name}»`;
}

/** «, Adapter», where a search was at a rung. */
function rungOf({ search }: Run): string {
  const own = search?.table?.rungs.find(({ rung }) => rung === search.now?.rung);
  return own ? `, ${own.title}` : '';
}

function placeIn({ part, fold, step, over }: FitState): string {
  const name = part === 'final' ? 'the final fit' : `fold ${fold + 1}`;
  return over ? `the end of ${name}` : `step ${formatCount(step)} of ${name}`;
}

/** Throws `checkpoint-foreign` unless the data of the run are what they were when it began. */
export function demandSameData(before: RunContext, now: ReportContext): void {
  const same =
    !isOfWriting(before) &&
    before.dataset.sha256 === now.dataset.sha256 &&
    before.model.sha256 === now.model.sha256 &&
    hashesOf(before.furtherModels) === hashesOf(now.furtherModels) &&
    before.folds === now.folds &&
    sameRows(before.rows, now.rows) &&
    sameRows(before.test, now.test);
  if (!same) throw changedData();
}

/** The same of a run of written answers. */
export function demandSameWriting(before: RunContext, now: GenerationReportContext): void {
  const same =
    isOfWriting(before) &&
    before.dataset.sha256 === now.dataset.sha256 &&
    before.model.sha256 === now.model.sha256 &&
    sameTexts(before.rows.prompts, now.rows.prompts) &&
    sameTexts(before.rows.answers, now.rows.answers) &&
    before.plan.heldOutIn.join() === now.plan.heldOutIn.join();
  if (!same) throw changedData();
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

function changedData(): AppError {
  return new AppError(
    'checkpoint-foreign',
    'The data or the model of this run changed since it broke off. Finish it with what there is; then it can be started again.',
  );
}

function hashesOf(models: ReportContext['furtherModels'] = []): string {
  return models.map(({ sha256 }) => sha256).join();
}

function sameRows(a: ReportContext['test'] | ReportContext['rows'], b: typeof a): boolean {
  if (a === null || b === null) return a === b;
  return (
    // Kept answers and heads are by position: the same labels in another order would be other labels.
    a.labels.length === b.labels.length &&
    a.labels.every((label, i) => label === b.labels[i]) &&
    a.texts.length === b.texts.length &&
    a.texts.every(
      (text, i) => text === b.texts[i] && a.labels[a.labelIndices[i] ?? 0] === b.labels[b.labelIndices[i] ?? 0],
    )
  );
}

/** Throws `checkpoint-foreign` unless the kept parameters have the shapes of this model's, or of adapters beside it. */
export function demandSameShapes(
  fits: readonly FitState[],
  { family, weights, config }: Encoder,
  classes: number,
): void {
  const head: Record<string, number[]> = {
    [HEAD_WEIGHT]: [config.hiddenSize, classes],
    [HEAD_BIAS]: [classes],
  };
  const modules = family.linearModules(config);
  for (const { weights: kept } of fits) {
    for (const [name, { shape }] of kept) {
      const expected = head[name] ?? weights.get(name)?.shape ?? adapterShape(modules, name, shape) ?? [];
      if (shape.join() === expected.join()) continue;
      throw new AppError(
        'checkpoint-foreign',
        `The checkpoint has «${name}» of shape [${shape.join(', ')}], the model has [${expected.join(', ')}]. ` +
          'Finish the run with what there is; then it can be started again.',
        { details: { name } },
      );
    }
  }
}
