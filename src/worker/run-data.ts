/**
 * From stored rows to what a run trains on: the rows of the plan, their labels, groups, tokens and folds, and the
 * test part. Everything done differently from the plan is noted.
 */
import type { Dataset, DatasetVersion, Row } from '../core/data/dataset';
import { makeFolds } from '../core/data/folds';
import { createLabelMap, indexLabels } from '../core/data/label-map';
import { partRows } from '../core/settings/test-part';
import { sampleRows } from '../core/data/sample';
import { groupForSplits, type SplitGroups } from '../core/data/split-groups';
import { AppError } from '../core/errors';
import { formatAmount } from '../core/words/numbers';
import type { ExperimentData, ExperimentPlan } from '../core/run/experiment';
import type { RunRequest } from '../core/run/record';
import type { Settings } from '../core/settings/settings';
import { deriveSeed } from '../core/random';
import type { Tokenizer } from '../core/text/tokenizer';
import { getDataset } from '../storage/datasets';
import { getRows } from '../storage/rows';
import type { HoneDatabase } from '../storage/schema';
import { groupNotes, repeats, trialNotes, unseenNotes } from './run-notes';

/** The rows that a request names, read and found fit for training. */
export interface RunRows {
  dataset: Dataset;
  version: DatasetVersion;
  /** After the limit. */
  rows: Row[];
  /** The test file, where the plan has one. */
  testFile: { dataset: Dataset; rows: Row[] } | null;
}

/** The test part of a run: labels beyond those of training are at the end of `labels`. */
export interface TestPart {
  data: ExperimentData;
  /** Ids of its rows, in their order. */
  rowIds: Int32Array;
  source: string;
  /** 1 for each row that repeats a training row, nearly or wholly. The report compares texts where it is absent. */
  seen?: Uint8Array;
}

export interface PreparedRun {
  data: ExperimentData;
  /** Ids of the training rows, in their order. */
  rowIds: Int32Array;
  test: TestPart | null;
  plan: ExperimentPlan;
  /** Training rows that share their group with another. */
  groupedRows: number;
  /** What the rows, those of the test part included, were kept together by. */
  grouping: Omit<SplitGroups, 'groups' | 'alike' | 'labelsFollow'>;
  notes: string[];
}

/** Reads and checks the rows of a request; throws `not-found` or `data-unusable` with what to do. */
export async function readRunRows(database: HoneDatabase, request: RunRequest): Promise<RunRows> {
  const dataset = await demandDataset(database, request.datasetId);
  const version = dataset.versions.find(({ number }) => number === request.datasetVersion);
  if (!version) throw new AppError('not-found', `«${dataset.name}» has no version ${request.datasetVersion}.`);
  if (dataset.task !== 'classification') {
    throw new AppError(
      'data-unusable',
      `«${dataset.name}» has answers to write, which this method does not learn. Read it as labels, or choose another.`,
    );
  }
  const blocking = version.findings.find(({ severity }) => severity === 'blocking');
  if (blocking) throw new AppError('data-unusable', `${blocking.title}. ${blocking.detail}`);
  const all = await getRows(database, dataset, version.number);
  // The seed of the settings is not settled yet; on auto it is the same for every run.
  const { seed } = request.choices;
  const sample = sampleRows(all, request.limit, deriveSeed(typeof seed === 'number' ? seed : 0, 'quick-trial'));
  const rows = sample.length < all.length ? pick(all, sample) : all;
  demandTwo(labelsOf(rows), rows.length, rows.length < all.length);
  return { dataset, version, rows, testFile: await readTestFile(database, request) };
}

/** Splits, numbers and tokenises the rows for a run. */
export function prepareRun(read: RunRows, request: RunRequest, settings: Settings, tokenizer: Tokenizer): PreparedRun {
  const { rows, testFile, version } = read;
  const { evaluation } = request;
  // A test file's conversations are others, though they may be numbered alike.
  const ofFile = testFile?.rows.map((row) =>
    row.together === undefined ? row : { ...row, together: `test ${row.together}` },
  );
  const all = ofFile ? [...rows, ...ofFile] : rows;
  const grouped = groupForSplits(all);
  const labelMap = createLabelMap(rows.map(({ target }) => target));
  const parts = partRows({
    rows,
    labelIndices: indexLabels(rows, labelMap),
    groups: grouped.groups,
    test: evaluation.test,
    seed: deriveSeed(settings.seed, 'hold-out'),
    labelNames: labelMap.labels,
  });
  const notes = [...trialNotes(rows.length, version), ...groupNotes(grouped, version.mapping), ...parts.notes];

  const encode = (of: Int32Array, names: readonly string[]): ExperimentData =>
    asData(of, all, names, grouped.groups, settings.maxLength, tokenizer);
  const labels = labelsOf(pick(all, parts.training));
  demandTwo(labels, parts.training.length);
  const data = encode(parts.training, labels);
  const seed = deriveSeed(settings.seed, 'folds');
  const folds = makeFolds(data.labelIndices, data.groups, evaluation.folds, seed, labels);
  notes.push(...folds.notes);
  const plan: ExperimentPlan = { settings, evaluation, foldOf: folds.foldOf, folds: folds.folds };
  const { copies, nearCopies, keptTogether, conversations, torn } = grouped;
  const prepared = {
    data,
    rowIds: rowIdsOf(pick(all, parts.training)),
    plan,
    groupedRows: countGrouped(data.groups),
    grouping: { copies, nearCopies, keptTogether, conversations, torn },
  };
  const own = testFile
    ? { rows: Int32Array.from(testFile.rows, (_, i) => rows.length + i), source: testFile.dataset.name }
    : parts.test;
  if (!own) return { ...prepared, notes, test: null };

  const known = new Set(labels);
  const unseen = labelsOf(pick(all, own.rows)).filter((label) => !known.has(label));
  const { seen, notes: seenNotes } = repeats(own.rows, parts.training, grouped);
  if (evaluation.test.kind !== 'hold-out') {
    notes.push(...unseenNotes(pick(all, parts.training), pick(all, own.rows)));
    notes.push(...seenNotes);
  }
  const test = { data: encode(own.rows, [...labels, ...unseen]), rowIds: rowIdsOf(pick(all, own.rows)) };
  return { ...prepared, notes, test: { ...test, source: own.source, seen } };
}

function demandTwo(labels: readonly string[], rows: number, isTrial = false): void {
  if (labels.length >= 2) return;
  throw new AppError(
    'data-unusable',
    `The ${formatAmount(rows, 'row')} to train on have ${formatAmount(labels.length, 'label')}; at least 2 are needed. ` +
      (isTrial ? 'Raise the limit of rows.' : 'Add rows with another label.'),
  );
}

async function demandDataset(database: HoneDatabase, id: string): Promise<Dataset> {
  const dataset = await getDataset(database, id);
  if (dataset) return dataset;
  throw new AppError('not-found', 'This data set is not in this browser any more. Open its file again.');
}

async function readTestFile(database: HoneDatabase, { evaluation }: RunRequest): Promise<RunRows['testFile']> {
  if (evaluation.test.kind !== 'file') return null;
  const dataset = await demandDataset(database, evaluation.test.datasetId);
  const version = dataset.versions.find(({ number }) => number === dataset.currentVersion);
  if (dataset.task !== 'classification' || !version || version.rowCount === 0) {
    throw new AppError('data-unusable', `«${dataset.name}» has no labelled rows to test on. Choose another test part.`);
  }
  return { dataset, rows: await getRows(database, dataset, version.number) };
}

/** The rows of `of`, in that order. */
function asData(
  of: Int32Array,
  all: readonly Row[],
  labels: readonly string[],
  groups: Int32Array,
  maxLength: number,
  tokenizer: Tokenizer,
): ExperimentData {
  const rows = pick(all, of);
  const positions = new Map(labels.map((label, index) => [label, index]));
  const tokenIds = rows.map(({ text }) => tokenizer.encode(text, maxLength));
  return {
    labels: [...labels],
    lines: Int32Array.from(rows, ({ line }) => line),
    texts: rows.map(({ text }) => text),
    labelIndices: Int32Array.from(rows, ({ target }) => positions.get(target) ?? 0),
    groups: of.map((row) => groups[row] ?? 0),
    tokenIds,
    // Only a text at the limit can have been cut: the others need no second look.
    cutRows: rows.filter(
      ({ text }, i) => tokenIds[i]?.length === maxLength && tokenizer.countTokens(text, maxLength) > maxLength,
    ).length,
  };
}

function countGrouped(groups: Int32Array): number {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return groups.reduce((sum, group) => sum + ((sizes.get(group) ?? 0) > 1 ? 1 : 0), 0);
}

function rowIdsOf(rows: readonly Row[]): Int32Array {
  return Int32Array.from(rows, ({ rowId }) => rowId);
}

function labelsOf(rows: readonly Row[]): readonly string[] {
  return createLabelMap(rows.map(({ target }) => target)).labels;
}

function pick(rows: readonly Row[], of: Int32Array): Row[] {
  return Array.from(of, (row) => rows[row]).filter((row) => row !== undefined);
}
