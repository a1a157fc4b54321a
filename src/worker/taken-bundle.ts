/** A run with its data, report and weights as a bundle: read from the storage, proved by being read back. */
import type { Dataset } from '../core/data/dataset';
import { AppError } from '../core/errors';
import { bundleFolder } from '../core/export/bundle/bundle-use';
import { exportCard, noticeFiles } from '../core/export/describe';
import { ABOUT_FILE, BUNDLE_VERSION, type BundleManifest, type BundleModel } from '../core/export/bundle/manifest';
import { type BundleParts, readBundle, type ReadOptions } from '../core/export/bundle/read-bundle';
import {
  addTexts,
  type BundledSet,
  type RowsPiece,
  type RunBundle,
  shownLines,
  versionAt,
  withOneVersion,
} from '../core/export/bundle/run-bundle';
import { bundleFiles, type ReadRows, setFacts } from '../core/export/bundle/write-bundle';
import type { PlannedFile } from '../core/formats/planned-file';
import { encoderTitle } from '../core/models/encoders';
import { parseManifest } from '../core/models/manifest';
import type { Report } from '../core/report/report';
import { isFinal, type Run } from '../core/run/record';
import type { KeptWeights } from '../core/run/kept-weights';
import { isKnownMethod, methodDefinition } from '../core/settings/methods';
import { getDataset, listFindingRows } from '../storage/datasets';
import { getVoting } from '../storage/judgements';
import { rowChunks } from '../storage/rows';
import { getCurve, getKeptWeights, getReport, getRun } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';
import type { JobPorts } from './job-ports';
import type { BackFile } from './read-back';
import { readNotices } from './read-notices';
import { encodersOfRequest } from './run-encoders';

const CHANGE = 'a model was trained on it';

type Ports = Pick<JobPorts, 'database' | 'modelFiles'>;

export interface TakenBundle {
  folder: string;
  files: PlannedFile[];
  manifest(files: BundleManifest['files']): BundleManifest;
}

/** Reads it. Throws `not-found` for a run that is not here any more, `busy` for one that is not over. */
export async function readTakenBundle(ports: Ports, runId: string, signal: AbortSignal): Promise<TakenBundle> {
  const { database } = ports;
  const [run, report, voting, curve, weights] = await Promise.all([
    getRun(database, runId),
    getReport(database, runId),
    getVoting(database, runId),
    getCurve(database, runId),
    getKeptWeights(database, runId),
  ]);
  if (run === null) throw new AppError('not-found', 'This run is not in this browser any more.');
  if (!isFinal(run.state)) {
    throw new AppError(
      'busy',
      'This run is not over. Wait for its end, or finish it with what there is, then save it.',
    );
  }
  const data = await readSet(database, run.datasetId, () => run.datasetVersion);
  const { test: asked } = run.request.evaluation;
  // A test file is read as it is when a run begins; which version that was, its time tells.
  const test = asked.kind === 'file' ? await readSet(database, asked.datasetId, (set) => versionAt(set, run)) : null;
  const bundle: RunBundle<ReadRows> = { run, report, voting, curve, weights, data, test };
  const models: BundleModel[] = [];
  const notices: PlannedFile[] = [];
  for (const [i, id] of modelIds(run).entries()) {
    const found = await readModelFacts(ports, id, { report, weights: i === 0 ? weights : null, signal });
    models.push(found.model);
    if (i === 0) notices.push(...found.notices);
  }
  const facts: Omit<BundleManifest, 'files'> = {
    ...{ schema: 'hone.run-bundle', version: BUNDLE_VERSION, run: run.id, name: run.name },
    task: report?.task ?? (isKnownMethod(run.method) ? methodDefinition(run.method).task : 'classification'),
    ...{ build: run.build, data: setFacts(data), test: setFacts(test), models, weights: weights !== null },
    missing: missingOf(bundle),
  };
  return {
    folder: bundleFolder(run.datasetName, run.name),
    files: await bundleFiles(bundle, facts, weights === null ? [] : notices),
    manifest: (files) => ({ ...facts, files }),
  };
}

/** Reads the written files back as a page will that they are dropped on. Throws `storage-failed` where they are not the run. */
export async function proveBundle(
  manifest: BundleManifest,
  files: readonly BackFile[],
  options: ReadOptions,
): Promise<BundleManifest> {
  const byPath = new Map(files.map((file) => [file.written.path, file]));
  const parts: BundleParts = {
    file: 'The run bundle',
    bytes: (path) => byPath.get(path)?.source.size ?? null,
    open(path) {
      const file = byPath.get(path);
      return file === undefined ? null : piecesOf(file);
    },
  };
  try {
    await readBundle(parts, manifest, { ...options, checkOnly: true });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'file-unreadable')) throw error;
    throw new AppError(
      'export-differs',
      `The run bundle was written and cannot be read back: ${error.message} This is a fault of this page; the run is as it was.`,
      { cause: error },
    );
  }
  return manifest;
}

const PIECE_BYTES = 1 << 20;

async function* piecesOf({ source }: BackFile): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < source.size; from += PIECE_BYTES) {
    yield await source.read(from, Math.min(source.size, from + PIECE_BYTES));
  }
}

async function readSet(
  database: HoneDatabase,
  id: string,
  versionOf: (dataset: Dataset) => number,
): Promise<BundledSet<ReadRows> | null> {
  const dataset = await getDataset(database, id);
  if (dataset === null) return null;
  const number = versionOf(dataset);
  const version = dataset.versions.find((one) => one.number === number);
  if (version === undefined) return null;
  const findings = await listFindingRows(database, id, number);
  const texts = shownLines(version);
  let isCounted = true;
  for await (const { rows, tokenCounts } of rowChunks(database, dataset, number)) {
    isCounted &&= tokenCounts !== null;
    for (const row of rows) addTexts(texts, row);
  }
  return {
    dataset: withOneVersion(dataset, version, texts),
    findings: findings.map(({ findingId, rowIds, lines }) => ({ findingId, rowIds, lines })),
    rows: () => piecesOfRows(rowChunks(database, dataset, number), isCounted),
  };
}

/** With tokens where those of all rows are known: of some alone they say nothing. */
async function* piecesOfRows(chunks: AsyncIterable<RowsPiece>, isCounted: boolean): AsyncGenerator<RowsPiece> {
  for await (const { rows, tokenCounts } of chunks) yield { rows, tokenCounts: isCounted ? tokenCounts : null };
}

/** The model that was trained first, which of a search may be another than was asked for first. */
function modelIds(run: Run): string[] {
  const asked = isKnownMethod(run.method) ? encodersOfRequest(run.request) : [];
  return [run.modelId, ...asked.filter((id) => id !== run.modelId)];
}

/** What is known of a model of the run: by its report, by its adapter, else by its own files where they can be read. */
async function readModelFacts(
  { database, modelFiles }: Ports,
  id: string,
  { report, weights, signal }: { report: Report | null; weights: KeptWeights | null; signal: AbortSignal },
): Promise<{ model: BundleModel; notices: PlannedFile[] }> {
  const reported =
    report === null ? [] : [report.model, ...((report.task === 'classification' && report.recipes?.encoders) || [])];
  const known = reported.find((one) => one.id === id) ?? null;
  const ofAdapter = weights && 'adapter' in weights ? weights.adapter.modelSha256 : null;
  const source = modelFiles(id, {});
  try {
    const manifest = parseManifest(new TextDecoder().decode(await source.read('manifest.json', signal)));
    const card = exportCard('', manifest, []);
    const notices = noticeFiles(await readNotices(database, source, id, signal), card, CHANGE, ABOUT_FILE);
    return { model: { id, title: manifest.title, sha256: ofAdapter ?? known?.sha256 ?? manifest.sha256 }, notices };
  } catch (error) {
    // Its files are not needed for the bundle: one that was brought along may be gone, or the network is.
    if (!(error instanceof AppError && (error.code === 'model-missing' || error.code === 'not-found'))) throw error;
    const model = { id, title: known?.title ?? encoderTitle(id), sha256: ofAdapter ?? known?.sha256 ?? '' };
    const licence = report?.model.id === id && report.model.licence !== '' ? report.model.licence : null;
    return { model, notices: noticeFiles({}, { base: model.title, licence }, CHANGE, ABOUT_FILE) };
  }
}

function missingOf({ run, report, weights, data, test }: RunBundle<ReadRows>): string[] {
  const hasTest = run.request.evaluation.test.kind === 'file';
  return [
    ...(data === null ? [`the rows of «${run.datasetName}», which were deleted`] : []),
    ...(test === null && hasTest ? ['the test file, which was deleted'] : []),
    ...(report === null ? ['a report: no fold was finished'] : []),
    ...(weights === null ? ['weights: the run kept none'] : []),
  ];
}
