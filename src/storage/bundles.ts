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
  run: Run;
  /** Data sets that were written, not those that were here already. */
  datasets: Dataset[];
}

type InMemory = RunBundle<ReadRows>;

/**
 * Keeps a bundle. `sets` are the data sets of it that are not here yet; the run names them by their ids. Throws `storage-full`
 * and `storage-failed`: then nothing of it is here.
 */
export async function saveBundle(
  database: HoneDatabase,
  { run, report, voting, curve, weights }: Pick<InMemory, 'run' | 'report' | 'voting' | 'curve' | 'weights'>,
  sets: readonly BundledSet<ReadRows>[],
  onRows: (rows: number) => void = () => undefined,
): Promise<BundleSaved> {
  const stores = ['datasets', 'rows', 'findingRows', 'runs', 'curves', 'reports', 'weights'] as const;
  return write(database, [...stores], `The run «${run.name}»`, async (transaction) => {
    const datasets: Dataset[] = [];
    let before = 0;
    for (const set of sets) {
      datasets.push(await putSet(transaction, set, (rows) => onRows(before + rows)));
      before += set.rows.rows.length;
    }
    const runId = run.id;
    const saved: Run = { ...run, summary: report && written(report).summary(), hasWeights: weights !== null };
    await transaction.objectStore('runs').add(saved);
    if (curve.length > 0) await transaction.objectStore('curves').put({ runId, chunk: 0, points: curve });
    if (report !== null) {
      await transaction.objectStore('reports').put({ runId, report, ...(voting && { voting }) });
    }
    if (weights !== null) await transaction.objectStore('weights').put({ runId, ...weights });
    return { run: saved, datasets };
  });
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
