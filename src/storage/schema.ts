/** The shape of the database as it is now; the steps that lead to it are in migrations.ts. */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import type { Dataset, Row } from '../core/data/dataset';
import type { RowSet } from '../core/data/row-set';
import type { BlindVote } from '../core/report/generation/blind-vote';
import type { RunContext } from '../core/report/run-context';
import type { Report } from '../core/report/report';
import type { FinalPiece, FoldPiece } from '../core/run/checkpoint';
import type { AnsweredRow, GenerationFold } from '../core/run/generation-outcome';
import type { KeptAdapter, KeptClassifierModel } from '../core/run/kept-weights';
import type { BaselineId } from '../core/settings/settings';
import type { StatePiece, StatePlace } from '../core/run/experiment';
import type { CurvePoint, Run } from '../core/run/record';

export const DATABASE_NAME = 'hone';

/** Rows of one chunk; the last of a version may hold fewer. */
export const ROWS_PER_CHUNK = 5_000;

/**
 * Part of a data set's version, keyed by [datasetId, version, chunk]: all rows of a range of ids, or what the version
 * changes of them over its base. A chunk without changes is not stored again.
 */
export interface RowChunk {
  datasetId: string;
  version: number;
  /** 0-based. */
  chunk: number;
  /** In the order of their ids. */
  rows: Row[];
  /** Ids, ascending, of the base's rows that this version does not have. Absent in a version without a base. */
  removed?: Int32Array<ArrayBuffer>;
  /** Tokens of each row before any cut; null where they could not be counted. */
  tokenCounts: Int32Array | null;
}

/** Where all of a finding stands, keyed by [datasetId, version, findingId]; absent where it is about the file as a whole. */
export interface FindingRows {
  datasetId: string;
  version: number;
  findingId: string;
  /** Ids of its usable rows. */
  rowIds: RowSet;
  /** Lines of the file, those of rows that were left out included. */
  lines: RowSet;
}

/** The file a data set was opened from, so that it can be read again under another mapping. */
export interface StoredFile {
  datasetId: string;
  fileName: string;
  bytes: Uint8Array;
}

/** Part of a run's curve, in the order it was recorded. */
export interface CurveChunk {
  runId: string;
  /** 0-based. */
  chunk: number;
  points: CurvePoint[];
}

/** Apart from the record of its run: a report holds every answered row, and lists need none of them. */
export interface StoredReport {
  runId: string;
  report: Report;
  /** A blind vote as far as it went; absent where none was begun. */
  voting?: BlindVote;
}

export interface ClassifierWeights extends KeptClassifierModel {
  runId: string;
}

export interface AdapterWeights extends KeptAdapter {
  runId: string;
}

export type RunWeights = ClassifierWeights | AdapterWeights;

/** A held-out row of a run of written answers that still works, as far as it was answered. */
export interface StoredAnswer {
  runId: string;
  fold: number;
  row: number;
  answered: AnsweredRow;
}

/** A finished fold of such a run. */
export interface StoredWrittenFold {
  runId: string;
  fold: number;
  outcome: GenerationFold;
}

/** A finished fold of a run that still works, of the method itself or of a baseline. */
export interface StoredOutcome {
  runId: string;
  part: FoldPiece['id'];
  fold: number;
  piece: FoldPiece;
}

/** A baseline fitted to all training rows, of a run that still works. */
export interface StoredFinal {
  runId: string;
  part: BaselineId;
  piece: FinalPiece;
}

/** The state of one fit at one moment; its bytes are the shards of the same run, fold and number. */
export interface CheckpointRecord {
  runId: string;
  /** One past the last fold for the final fit. */
  fold: number;
  /** Goes up by one with each checkpoint of a fold. */
  number: number;
  /** Of the bytes. */
  format: number;
  /** Of the app. */
  build: string;
  step: number;
  shards: { bytes: number; sha256: string }[];
}

/** At most 16 MiB of a checkpoint. */
export interface StoredShard {
  runId: string;
  fold: number;
  number: number;
  /** 0-based. */
  shard: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Computed sentence vectors. */
export interface StoredFeatures {
  key: string;
  values: StatePiece;
}

/** Size and age of a block of states; its pieces have the same block's key. */
export interface StateBlock {
  key: string;
  bytes: number;
  usedAt: number;
}

/** The frozen layers' output for one text. */
export interface StoredState extends StatePlace {
  values: StatePiece;
}

/** A device's self-test, keyed by `${device}/${browser}/${build}`. */
export interface StoredSelfTest {
  key: string;
  passed: boolean;
  /** The figure that was furthest off, in words. */
  worst: { name: string; got: number; expected: number };
}

/** One verified file of a model, keyed by `${modelId}/${file}`. */
export interface ModelFile {
  key: string;
  sha256: string;
  bytes: Uint8Array;
}

export interface HoneSchema extends DBSchema {
  datasets: { key: string; value: Dataset };
  rows: { key: [string, number, number]; value: RowChunk };
  findingRows: { key: [string, number, string]; value: FindingRows };
  files: { key: string; value: StoredFile };
  runs: { key: string; value: Run };
  curves: { key: [string, number]; value: CurveChunk };
  weights: { key: string; value: RunWeights };
  reports: { key: string; value: StoredReport };
  /** What a report needs besides the outcomes, from the start of a run to its end. */
  contexts: { key: string; value: { runId: string; context: RunContext } };
  outcomes: { key: [string, string, number]; value: StoredOutcome };
  finals: { key: [string, string]; value: StoredFinal };
  answers: { key: [string, number, number]; value: StoredAnswer };
  writtenFolds: { key: [string, number]; value: StoredWrittenFold };
  checkpoints: { key: [string, number, number]; value: CheckpointRecord };
  shards: { key: [string, number, number, number]; value: StoredShard };
  features: { key: string; value: StoredFeatures };
  /** Sizes and ages of `features`, read without the vectors themselves. */
  featureSizes: {
    key: string;
    value: { key: string; bytes: number; usedAt: number };
    indexes: { byAge: number };
  };
  stateBlocks: { key: string; value: StateBlock; indexes: { byAge: number } };
  states: { key: [string, number]; value: StoredState };
  models: { key: string; value: ModelFile };
  selfTests: { key: string; value: StoredSelfTest };
}

export type HoneDatabase = IDBPDatabase<HoneSchema>;
/** The transaction in which the database is brought to a newer version. */
export type Upgrade = IDBPTransaction<HoneSchema, StoreNames<HoneSchema>[], 'versionchange'>;
