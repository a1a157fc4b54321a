/**
 * The shape of the database and the numbered steps that lead to it. A step is never changed once it has shipped:
 * a new shape is a new step at the end of `MIGRATIONS`.
 */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import type { Dataset, Row } from '../core/data/dataset';
import type { ReportContext } from '../core/formats/build-report';
import type { BaselineId, FoldOutcome, TrainedModel } from '../core/plan/experiment';
import type { CurvePoint, Run } from '../core/plan/run';

export const DATABASE_NAME = 'hone';

/** Rows of one chunk; the last of a version may hold fewer. */
export const ROWS_PER_CHUNK = 5_000;

/** Part of a data set's version, keyed by [datasetId, version, chunk]. */
export interface RowChunk {
  datasetId: string;
  version: number;
  /** 0-based. */
  chunk: number;
  rows: Row[];
  /** Tokens of each row before any cut; null where they could not be counted. */
  tokenCounts: Int32Array | null;
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

/** What Try answers with. `base` is features only, the «before». */
export interface RunWeights {
  runId: string;
  tuned: TrainedModel;
  base: TrainedModel | null;
}

/** A finished fold of a run that still works, of the method itself or of a baseline. */
export interface StoredOutcome {
  runId: string;
  part: 'tuned' | BaselineId;
  fold: number;
  outcome: FoldOutcome;
}

/** Computed sentence vectors and the like. */
export interface StoredFeatures {
  key: string;
  values: Float32Array;
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
  files: { key: string; value: StoredFile };
  runs: { key: string; value: Run };
  curves: { key: [string, number]; value: CurveChunk };
  weights: { key: string; value: RunWeights };
  /** What a report needs besides the outcomes, from the start of a run to its end. */
  contexts: { key: string; value: { runId: string; context: ReportContext } };
  outcomes: { key: [string, string, number]; value: StoredOutcome };
  features: { key: string; value: StoredFeatures };
  /** Sizes and ages of `features`, read without the vectors themselves. */
  featureSizes: { key: string; value: { key: string; bytes: number; usedAt: number } };
  models: { key: string; value: ModelFile };
}

export type HoneDatabase = IDBPDatabase<HoneSchema>;
type Upgrade = IDBPTransaction<HoneSchema, StoreNames<HoneSchema>[], 'versionchange'>;

export const MIGRATIONS: readonly ((database: HoneDatabase, transaction: Upgrade) => void)[] = [
  // 1: data sets, runs, features and models.
  (database) => {
    database.createObjectStore('datasets', { keyPath: 'id' });
    database.createObjectStore('rows', { keyPath: ['datasetId', 'version', 'chunk'] });
    database.createObjectStore('files', { keyPath: 'datasetId' });
    database.createObjectStore('runs', { keyPath: 'id' });
    database.createObjectStore('curves', { keyPath: ['runId', 'chunk'] });
    database.createObjectStore('weights', { keyPath: 'runId' });
    database.createObjectStore('contexts', { keyPath: 'runId' });
    database.createObjectStore('outcomes', { keyPath: ['runId', 'part', 'fold'] });
    database.createObjectStore('features', { keyPath: 'key' });
    database.createObjectStore('featureSizes', { keyPath: 'key' });
    database.createObjectStore('models', { keyPath: 'key' });
  },
];
