/**
 * A run with all that it takes to do it again, or to go on with it, elsewhere: the parts of a bundle, and where each stands.
 * Rows, curve and findings are a line each; weights are one safetensors file that other tools open too.
 */
import type { Dataset, DatasetVersion, Row } from '../../data/dataset';
import type { Finding } from '../../data/finding';
import type { RowSet } from '../../data/row-set';
import type { BlindVote } from '../../report/generation/blind-vote';
import type { Report } from '../../report/report';
import type { KeptWeights } from '../../run/kept-weights';
import type { CurvePoint, Run } from '../../run/record';
import { excerpt } from '../../words/excerpt';

export const RUN_FILE = 'run.json';
export const REPORT_FILE = 'report.json';
export const VOTE_FILE = 'vote.json';
export const CURVE_FILE = 'curve.jsonl';
/** What the weights are of; their values stand beside it. */
export const WEIGHTS_FILE = 'weights.json';
export const TENSORS_FILE = 'weights.safetensors';

/** Rows of the run, or of its test file. */
export type SetFolder = 'data' | 'test';
export const datasetFile = (folder: SetFolder): string => `${folder}/dataset.json`;
export const rowsFile = (folder: SetFolder): string => `${folder}/rows.jsonl`;
export const findingsFile = (folder: SetFolder): string => `${folder}/findings.jsonl`;

/** Where a finding of the version stands. */
export interface BundledFinding {
  findingId: string;
  rowIds: RowSet;
  lines: RowSet;
}

/** Some rows in their order, with their tokens where they were counted. */
export interface RowsPiece {
  rows: readonly Row[];
  tokenCounts: Int32Array | null;
}

/** The one version of a data set that a run was made on; `dataset` has no other. */
export interface BundledSet<Rows> {
  dataset: Dataset;
  findings: BundledFinding[];
  rows: Rows;
}

/** `Rows`: in memory, or asked for piece by piece, anew each time. */
export interface RunBundle<Rows> {
  run: Run;
  /** Null where the run made none. */
  report: Report | null;
  /** A blind vote as far as it went. */
  voting: BlindVote | null;
  curve: CurvePoint[];
  /** Null where it ended before it kept any. */
  weights: KeptWeights | null;
  /** Null where the data set was deleted. */
  data: BundledSet<Rows> | null;
  /** Of a run that was tested on another file. */
  test: BundledSet<Rows> | null;
}

/**
 * The record of a data set with one of its versions, which stores all its rows. Of the file it has nothing but these rows: how
 * it was read shows fields that are not used, and is of no use without the file.
 */
export function withOneVersion(
  dataset: Dataset,
  { base: _, changes: __, reading: ___, ...version }: DatasetVersion,
  texts: TextsByLine,
): Dataset {
  const findings = version.findings.map((finding) => ofRows(finding, texts));
  return { ...dataset, currentVersion: version.number, versions: [{ ...version, chunks: [], findings }] };
}

/** Excerpts of the text and the target of each row, by its line. */
export type TextsByLine = ReadonlyMap<number, ReadonlySet<string>>;

/** Adds those of a row, where its line is one of these. */
export function addTexts(texts: Map<number, Set<string>>, { line, text, target }: Row): void {
  texts.get(line)?.add(excerpt(text)).add(excerpt(target));
}

/** A map for `addTexts` with the lines that findings show. */
export function shownLines({ findings }: Pick<DatasetVersion, 'findings'>): Map<number, Set<string>> {
  return new Map(findings.flatMap(({ examples }) => examples.map(({ line }) => [line, new Set<string>()] as const)));
}

/** The finding without what it shows of lines that were left out, or of fields that are not used. */
function ofRows(finding: Finding, texts: TextsByLine): Finding {
  const examples = finding.examples.map((example) => {
    const own = texts.get(example.line) ?? new Set();
    if (own.has(example.excerpt)) return example;
    return { ...example, excerpt: '', reason: own.size > 0 ? example.reason : '' };
  });
  return { ...finding, examples };
}

/** The version that was the current one when the run began: a test file is read as it is then. */
export function versionAt({ versions, currentVersion }: Dataset, { createdAt }: Pick<Run, 'createdAt'>): number {
  const before = versions.filter((version) => version.createdAt <= createdAt);
  return before.length === 0 ? currentVersion : Math.max(...before.map(({ number }) => number));
}

/** That version. */
export function onlyVersion({ versions: [version], name }: Dataset): DatasetVersion {
  if (version === undefined) throw new RangeError(`«${name}» has no version.`);
  return version;
}
