/** The rows of a run of written answers, read and found fit for training. */
import type { Dataset, DatasetVersion, Row } from '../core/data/dataset';
import { AppError } from '../core/errors';
import { deriveSeed } from '../core/random';
import { sampleRows } from '../core/data/sample';
import type { RunRequest } from '../core/run/record';
import { formatAmount } from '../core/words/numbers';
import { getDataset } from '../storage/datasets';
import { getRows } from '../storage/rows';
import type { HoneDatabase } from '../storage/schema';

export interface WritingRows {
  dataset: Dataset;
  version: DatasetVersion;
  /** After the limit. */
  rows: Row[];
  /** The test file, where the plan has one. */
  testFile: { dataset: Dataset; rows: Row[] } | null;
}

/** Fewer rows leave nothing to hold out and something to learn from. */
const FEWEST_ROWS = 4;

/** Reads and checks the rows of a request; throws `not-found` or `data-unusable` with what to do. */
export async function readWritingRows(database: HoneDatabase, request: RunRequest): Promise<WritingRows> {
  const { datasetId, datasetVersion, limit, choices, evaluation } = request;
  const dataset = await demandWriting(database, datasetId, 'data set');
  const version = dataset.versions.find(({ number }) => number === datasetVersion);
  if (!version) throw new AppError('not-found', `«${dataset.name}» has no version ${datasetVersion}.`);
  const blocking = version.findings.find(({ severity }) => severity === 'blocking');
  if (blocking) throw new AppError('data-unusable', `${blocking.title}. ${blocking.detail}`);
  const all = await getRows(database, dataset, version.number);
  const { seed } = choices;
  const sample = sampleRows(withoutTargets(all), limit, deriveSeed(typeof seed === 'number' ? seed : 0, 'quick-trial'));
  const rows =
    sample.length < all.length ? Array.from(sample, (row) => all[row]).filter((row) => row !== undefined) : all;
  if (rows.length < FEWEST_ROWS) {
    throw new AppError(
      'data-unusable',
      `${formatAmount(rows.length, 'row')} cannot be learned from and judged by. At least ${FEWEST_ROWS} are needed; 50 are a start.`,
    );
  }
  if (evaluation.test.kind !== 'file') return { dataset, version, rows, testFile: null };
  const test = await demandWriting(database, evaluation.test.datasetId, 'test file');
  return {
    dataset,
    version,
    rows,
    testFile: { dataset: test, rows: await getRows(database, test, test.currentVersion) },
  };
}

/** The same rows as if all were answered alike: answers are no labels that a draw has to be fair to. */
export function withoutTargets(rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, target: '' }));
}

async function demandWriting(database: HoneDatabase, id: string, what: string): Promise<Dataset> {
  const dataset = await getDataset(database, id);
  if (!dataset) throw new AppError('not-found', `This ${what} is not in this browser any more. Open its file again.`);
  if (dataset.task === 'generation') return dataset;
  throw new AppError('data-unusable', `«${dataset.name}» has labels and no answers to write. Choose another ${what}.`);
}
