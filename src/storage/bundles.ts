/** A run that came from elsewhere, put beside those of this browser: with its data, report and model in one transaction, or not at all. */
import type { Dataset, Row } from '../core/data/dataset';
import { type BundledSet, onlyVersion, type RunBundle } from '../core/export/bundle/run-bundle';
import type { ReadRows } from '../core/export/bundle/read-bundle';
import type { Run } from '../core/run/record';
import { written } from '../core/report/written';
import { write, type WriteTransaction } from './database';
import type { HoneDatabase } from './schema';
import { putFindingRows, putRows } from './versions';

export interface BundleSaved {
  /** As it is here. */
  run: Run;
  /** Its data sets that are here, those that were before among them. */
  datasets: Dataset[];
  /** The run was here before, and is as it was. */
  already: boolean;
  /** Data sets of a run that was here, which were deleted and came back. */
  back: Dataset[];
}

export interface SaveBundleOptions {
  /** SHA-256 (hex) of the rows of each set, as the bundle names it. */
  hashes: Readonly<Record<'data' | 'test', string>>;
  onRows?: (rows: number) => void;
}

type InMemory = RunBundle<ReadRows>;
type Placed = { set: BundledSet<ReadRows>; here: Dataset | null };

const ID_DIGITS = 8;

/**
 * Keeps a bundle. A data set that is here in the very version is shared; any other comes in beside those that are here, and
 * the run names it by its id. Of a run that is here already, only the data sets that are not are kept. Throws `storage-full`
 * and `storage-failed`: then nothing of it is here.
 */
export async function saveBundle(
  database: HoneDatabase,
  bundle: InMemory,
  { hashes, onRows = () => undefined }: SaveBundleOptions,
): Promise<BundleSaved> {
  const stores = ['datasets', 'rows', 'findingRows', 'runs', 'curves', 'reports', 'weights'] as const;
  return write(database, [...stores], `The run «${bundle.run.name}»`, async (transaction) => {
    const { data, test } = bundle;
    const before = await transaction.objectStore('runs').get(bundle.run.id);
    if (before !== undefined) {
      const placed = [
        await placeAs(transaction, data, before.datasetId),
        await placeAs(transaction, test, before.datasetId === testOf(before) ? null : testOf(before)),
      ];
      const { datasets, fresh } = await putSets(transaction, placed, onRows);
      return { run: before, datasets, already: true, back: fresh };
    }
    const own = await placeOf(transaction, data, hashes.data);
    const tested = await placeOf(transaction, test, hashes.test, own?.set.dataset.id);
    const { datasets } = await putSets(transaction, [own, tested], onRows);
    const run = await putRun(transaction, bundle, withSets(bundle.run, own?.set.dataset.id, tested?.set.dataset.id));
    return { run, datasets, already: false, back: [] };
  });
}

/** The data set of a run's test file; null where it has none. */
export function testOf({ request }: Pick<Run, 'request'>): string | null {
  const { test } = request.evaluation;
  return test.kind === 'file' ? test.datasetId : null;
}

async function putRun(
  transaction: WriteTransaction,
  { report, voting, curve, weights }: InMemory,
  run: Run,
): Promise<Run> {
  const runId = run.id;
  const saved: Run = { ...run, summary: report && written(report).summary(), hasWeights: weights !== null };
  await transaction.objectStore('runs').add(saved);
  if (curve.length > 0) await transaction.objectStore('curves').put({ runId, chunk: 0, points: curve });
  if (report !== null) {
    await transaction.objectStore('reports').put({ runId, report, ...(voting && { voting }) });
  }
  if (weights !== null) await transaction.objectStore('weights').put({ runId, ...weights });
  return saved;
}

/** Under the id that a run which is here has for it; null where the bundle or the run has none. */
async function placeAs(
  transaction: WriteTransaction,
  set: InMemory['data'],
  id: string | null,
): Promise<Placed | null> {
  if (set === null || id === null) return null;
  const here = (await transaction.objectStore('datasets').get(id)) ?? null;
  return { set: { ...set, dataset: here ?? { ...set.dataset, id } }, here };
}

/** Under which id a data set comes in: its own, or where another version has that, one made of its rows. */
async function placeOf(
  transaction: WriteTransaction,
  set: InMemory['data'],
  rowsHash: string,
  taken?: string,
): Promise<Placed | null> {
  if (set === null) return null;
  const { dataset } = set;
  const derived = `${dataset.id.slice(0, 100)}-${rowsHash.slice(0, ID_DIGITS)}`;
  for (const id of [dataset.id, derived]) {
    const here = await transaction.objectStore('datasets').get(id);
    if (here !== undefined && hasVersion(here, dataset)) return { set: { ...set, dataset: here }, here };
    if (here === undefined && id !== taken) return { set: { ...set, dataset: { ...dataset, id } }, here: null };
  }
  return { set: { ...set, dataset: { ...dataset, id: `${derived}-${rowsHash}` } }, here: null };
}

/** True where it has the one version of the other, read in the same way. */
function hasVersion(here: Dataset, other: Dataset): boolean {
  const { number, sha256, rowCount, mapping } = onlyVersion(other);
  const version = here.versions.find((one) => one.number === number);
  return (
    here.task === other.task &&
    version?.sha256 === sha256 &&
    version.rowCount === rowCount &&
    JSON.stringify(version.mapping) === JSON.stringify(mapping)
  );
}

/** The run with the ids that its data sets have here. */
function withSets(run: Run, dataId = run.datasetId, testId?: string): Run {
  const { request } = run;
  const { test } = request.evaluation;
  const ownTest = test.kind === 'file' && testId !== undefined ? { ...test, datasetId: testId } : test;
  const evaluation = { ...request.evaluation, test: ownTest };
  return { ...run, datasetId: dataId, request: { ...request, datasetId: dataId, evaluation } };
}

/** Writes those that are not here; `datasets` are all of them, `fresh` those that were written. */
async function putSets(
  transaction: WriteTransaction,
  placed: readonly (Placed | null)[],
  onRows: (rows: number) => void,
): Promise<{ datasets: Dataset[]; fresh: Dataset[] }> {
  const [datasets, fresh]: [Dataset[], Dataset[]] = [[], []];
  let before = 0;
  for (const one of placed) {
    if (one === null) continue;
    if (one.here !== null) {
      datasets.push(one.here);
      continue;
    }
    const saved = await putSet(transaction, one.set, (rows) => onRows(before + rows));
    before += one.set.rows.rows.length;
    datasets.push(saved);
    fresh.push(saved);
  }
  return { datasets, fresh };
}

async function putSet(
  transaction: WriteTransaction,
  { dataset, findings, rows: { rows, tokenCounts } }: BundledSet<{ rows: Row[]; tokenCounts: Int32Array | null }>,
  onRows: (rows: number) => void,
): Promise<Dataset> {
  const version = onlyVersion(dataset);
  const chunks = await putRows(transaction, dataset.id, version.number, { rows, tokenCounts, onRows });
  await putFindingRows(transaction, dataset.id, version.number, findings);
  const saved = { ...dataset, versions: [{ ...version, chunks }] };
  await transaction.objectStore('datasets').add(saved);
  return saved;
}
