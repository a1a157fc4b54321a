/**
 * From stored rows to what a run trains on: the rows of the plan, their labels, groups, tokens and folds, and the
 * test part. Everything done differently from the plan is noted.
 */
import type { Dataset, DatasetVersion, Row } from '../core/data/dataset';
import { makeFolds } from '../core/data/folds';
import { groupRows } from '../core/data/groups';
import { holdOut } from '../core/data/hold-out';
import { createLabelMap, indexLabels } from '../core/data/label-map';
import { AppError } from '../core/errors';
import { formatAmount, formatCount, formatPercent } from '../core/formats/numbers';
import type { ExperimentData, ExperimentPlan } from '../core/plan/experiment';
import type { RunRequest } from '../core/plan/run';
import type { Settings } from '../core/plan/settings';
import { leakage, unseenLabels } from '../core/quality/test-file';
import { deriveSeed } from '../core/random';
import type { Tokenizer } from '../core/text/tokenizer';
import { getDataset, getRows } from '../storage/datasets';
import type { HoneDatabase } from '../storage/schema';

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
  source: string;
  /** 1 for each row that repeats a training row, nearly or wholly. The report compares texts where it is absent. */
  seen?: Uint8Array;
}

export interface PreparedRun {
  data: ExperimentData;
  test: TestPart | null;
  plan: ExperimentPlan;
  /** Training rows that share their group with another. */
  groupedRows: number;
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
      `«${dataset.name}» has answers to write, and training on those is not there yet. Read it as labels, or choose another.`,
    );
  }
  const blocking = version.findings.find(({ severity }) => severity === 'blocking');
  if (blocking) throw new AppError('data-unusable', `${blocking.title}. ${blocking.detail}`);
  const all = await getRows(database, dataset, version.number);
  const rows = request.limit > 0 ? all.slice(0, request.limit) : all;
  const labels = new Set(rows.map(({ target }) => target)).size;
  if (labels < 2) {
    throw new AppError(
      'data-unusable',
      `The ${formatAmount(rows.length, 'row')} to train on have ${formatAmount(labels, 'label')}; at least 2 are needed. ` +
        (rows.length < all.length ? 'Raise the limit of rows.' : 'Add rows with another label.'),
    );
  }
  return { dataset, version, rows, testFile: await readTestFile(database, request) };
}

/** Splits, numbers and tokenises the rows for a run. */
export function prepareRun(read: RunRows, request: RunRequest, settings: Settings, tokenizer: Tokenizer): PreparedRun {
  const { rows, testFile, version } = read;
  const labelMap = createLabelMap(rows.map(({ target }) => target));
  const labels = [...labelMap.labels];
  const allIndices = indexLabels(rows, labelMap);
  const allGroups = groupRows(rows);
  const notes: string[] = [];
  if (rows.length < version.rowCount) {
    notes.push(`Only the first ${formatCount(rows.length)} of ${formatAmount(version.rowCount, 'row')} were used.`);
  }
  const { test } = request.evaluation;
  let training = rows;
  let held: Row[] = [];
  if (test.kind === 'hold-out') {
    const seed = deriveSeed(settings.seed, 'hold-out');
    const split = holdOut(allIndices, allGroups, test.share, seed, labels);
    if (split.held.length === 0) throw new AppError('data-unusable', 'Too few rows to hold any out for a test part.');
    training = pick(rows, split.train);
    held = pick(rows, split.held);
    notes.push(...split.notes);
  }
  const encode = (of: Row[], names: string[], indices: Int32Array): ExperimentData =>
    asData(of, names, indices, settings.maxLength, tokenizer);
  const data = encode(training, labels, indexLabels(training, labelMap));
  const seed = deriveSeed(settings.seed, 'folds');
  const folds = makeFolds(data.labelIndices, data.groups, request.evaluation.folds, seed, labels);
  notes.push(...folds.notes);
  const plan: ExperimentPlan = { settings, evaluation: request.evaluation, foldOf: folds.foldOf, folds: folds.folds };
  const prepared = { data, plan, groupedRows: countGrouped(data.groups), notes };
  if (test.kind === 'hold-out') {
    const source = `a stratified hold-out of ${formatPercent(test.share, 0)}`;
    return { ...prepared, test: { data: encode(held, labels, indexLabels(held, labelMap)), source } };
  }
  if (!testFile) return { ...prepared, test: null };
  notes.push(...testNotes(training, testFile.rows));
  const known = new Set(labels);
  const unseen = createLabelMap(testFile.rows.map(({ target }) => target)).labels.filter((label) => !known.has(label));
  const names = [...labels, ...unseen];
  const positions = new Map(names.map((label, index) => [label, index]));
  const indices = Int32Array.from(testFile.rows, ({ target }) => positions.get(target) ?? 0);
  return { ...prepared, test: { data: encode(testFile.rows, names, indices), source: testFile.dataset.name } };
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

function testNotes(training: Row[], test: Row[]): string[] {
  return [unseenLabels(training, test), leakage(training, test)]
    .filter((finding) => finding !== null)
    .map(({ title, detail }) => `${title}. ${detail}`);
}

function asData(
  rows: Row[],
  labels: string[],
  labelIndices: Int32Array,
  maxLength: number,
  tokenizer: Tokenizer,
): ExperimentData {
  const tokenIds = rows.map(({ text }) => tokenizer.encode(text, maxLength));
  return {
    labels,
    lines: Int32Array.from(rows, ({ line }) => line),
    texts: rows.map(({ text }) => text),
    labelIndices,
    groups: groupRows(rows),
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

function pick(rows: Row[], of: Int32Array): Row[] {
  return Array.from(of, (row) => rows[row]).filter((row) => row !== undefined);
}
