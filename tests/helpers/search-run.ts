/** A run that finds what works, with a tiny model: its request, its end, a start of the page that goes on with it. */
import type { ClassificationReport } from '../../src/core/report/report';
import type { Row } from '../../src/core/data/dataset';
import type { RunRequest } from '../../src/core/run/record';
import type { MeasuredRungs } from '../../src/core/search/plan';
import { rungsOf } from '../../src/core/search/rung';
import { autoChoices } from '../../src/core/settings/defaults';
import { openDatabase } from '../../src/storage/database';
import { getReport, getRun, getWeights } from '../../src/storage/runs';
import type { HoneDatabase } from '../../src/storage/schema';
import { TrainingJob } from '../../src/worker/job';
import type { RunEvent } from '../../src/worker/protocol';
import { recoverRuns } from '../../src/worker/recover';
import { nodeCheckTools } from './check-tools';
import { classificationReport } from './classification-report';
import { addDataset, createHarness, type JobHarness, request, spamRows } from './job';

export const choices = { ...autoChoices(), nEpochs: 2, batchSize: 8, layers: 1, recipe: 'plain' } as const;

/** Of the tiny model, in the order of their descriptors. */
export const ALL_RUNGS = rungsOf('classification', { layers: 2 }).map(({ id }) => id);

/** These rungs, each dearer than the one before. */
export function measured(...taken: string[]): MeasuredRungs {
  const costs = rungsOf('classification', { layers: 2 })
    .filter(({ id }) => taken.includes(id))
    .map(({ id, title, work }, i) => ({
      ...{ rung: id, title, foldMs: 10 ** i, finalMs: 10 ** i, bytes: 0, atOnce: 1, unfit: null },
      reads: work.kind !== 'baseline',
    }));
  return { costs, folds: 3, rows: 36, labels: 2, readMs: 10, memoryBytes: null };
}

/** Three folds, a quarter of the rows held out. */
export function asked(search: RunRequest['search'], change: Partial<RunRequest> = {}): RunRequest {
  const evaluation = { folds: 3, test: { kind: 'hold-out', share: 0.25 } } as const;
  return request({ choices, evaluation, ...(search && { search }), ...change });
}

export async function begun(
  change: Partial<JobHarness['ports']> = {},
  rows: Row[] = spamRows(48),
): Promise<JobHarness> {
  const harness = await createHarness(change);
  await addDataset(harness.database, 'd', rows);
  return harness;
}

export async function finished(database: HoneDatabase) {
  const report = classificationReport(await getReport(database, 'run'));
  return { run: await getRun(database, 'run'), report, weights: await getWeights(database, 'run') };
}

/** What must be equal: everything but times. */
export async function results(database: HoneDatabase) {
  const { run, report, weights } = await finished(database);
  const times = ['timings', 'created_at', 'seconds', 'cost'];
  const timeless = JSON.parse(
    JSON.stringify(report, (key: string, value: unknown) => (times.includes(key) ? 'a time' : value)),
  ) as unknown;
  return { state: run?.state, report: timeless, weights };
}

/** What differs between two searches of the same: how long each took. */
export function timesOf(ladder: ClassificationReport['ladder']) {
  return ladder && { seconds: ladder.seconds, rungs: ladder.rungs };
}

/** Nothing after the `nth` event of this kind reaches the disk. */
export function killAt(harness: JobHarness, which: (event: RunEvent) => boolean, nth = 1): void {
  let seen = 0;
  harness.onPost((event) => {
    if (event.type !== 'run') return;
    seen += event.events.filter(which).length;
    if (seen < nth) return;
    harness.database.close();
    throw new Error('killed');
  });
}

export const isTable = ({ type }: RunEvent): boolean => type === 'search';

/** The page opened again on what one left behind. */
export async function nextStart(harness: JobHarness): Promise<JobHarness> {
  const next = await createHarness();
  const database = await openDatabase({ name: harness.database.name });
  next.ports.database = database;
  const lock = <T>(body: () => Promise<T>): Promise<T> => body();
  await recoverRuns({ database, now: () => 1, checkTools: nodeCheckTools, tryLock: lock, lock }, null);
  return { ...next, database, job: new TrainingJob(next.ports) };
}
