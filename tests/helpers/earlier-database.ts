/**
 * Databases as earlier versions of the page wrote them: by IndexedDB itself, with the stores and the records of then, so
 * that no step of today has a hand in them. Version 1 is that of version 0.1 of the page.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodeFit } from '../../src/core/run/checkpoint-bytes';
import { sampleFit } from './checkpoint';
import { fold, pieceOf, sampleContext, sampleSettings } from './report-sample';
import { sampleRun } from './run';
import { sampleDataset, sampleRows } from './storage';

type Stores = Record<string, { keyPath: string | string[]; index?: string }>;
export type Records = Record<string, object[]>;

const STORES_1: Stores = {
  datasets: { keyPath: 'id' },
  rows: { keyPath: ['datasetId', 'version', 'chunk'] },
  files: { keyPath: 'datasetId' },
  runs: { keyPath: 'id' },
  curves: { keyPath: ['runId', 'chunk'] },
  weights: { keyPath: 'runId' },
  contexts: { keyPath: 'runId' },
  outcomes: { keyPath: ['runId', 'part', 'fold'] },
  features: { keyPath: 'key' },
  featureSizes: { keyPath: 'key' },
  models: { keyPath: 'key' },
};
const STORES_3: Stores = {
  ...STORES_1,
  featureSizes: { keyPath: 'key', index: 'usedAt' },
  finals: { keyPath: ['runId', 'part'] },
  checkpoints: { keyPath: ['runId', 'fold', 'number'] },
  shards: { keyPath: ['runId', 'fold', 'number', 'shard'] },
  selfTests: { keyPath: 'key' },
  stateBlocks: { keyPath: 'key', index: 'usedAt' },
  states: { keyPath: ['block', 'piece'] },
};

/** Writes a database of version 1 or 3 with these records. */
export async function writeDatabase(name: string, version: 1 | 3, records: Records): Promise<void> {
  const stores = version === 1 ? STORES_1 : STORES_3;
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => {
    for (const [store, { keyPath, index }] of Object.entries(stores)) {
      const made = request.result.createObjectStore(store, { keyPath });
      if (index !== undefined) made.createIndex('byAge', index);
    }
  };
  const database = await answerOf(request);
  const transaction = database.transaction(Object.keys(stores), 'readwrite');
  for (const [store, values] of Object.entries(records)) {
    for (const value of values) transaction.objectStore(store).put(value);
  }
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
  });
  database.close();
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no answer'));
  });
}

/** A report as it stood in a record then; its figures are those of `sampleOutcome`. */
export function reportOf(version: 1 | 3): Record<string, unknown> {
  const file = version === 1 ? 'report-0.1.json' : 'report-of-database-3.json';
  return JSON.parse(readFileSync(`tests/fixtures/${file}`, 'utf8')) as Record<string, unknown>;
}

const foldResult = (fold: number) => ({
  fold,
  accuracy: 0.75,
  macroF1: 0.7,
  steps: 40,
  epochs: 4,
  bestEpoch: 3,
  seconds: 2,
});

/** Points as they were kept then: one of training, one of validation. */
export const curveThen = [
  {
    fold: 0,
    epoch: 0.5,
    step: 1,
    trainLoss: 0.9,
    learningRate: 1e-4,
    gradNorm: 1,
    validLoss: null,
    validAccuracy: null,
    validMacroF1: null,
  },
  {
    fold: 0,
    epoch: 1,
    step: 2,
    trainLoss: null,
    learningRate: null,
    gradNorm: null,
    validLoss: 0.4,
    validAccuracy: 0.75,
    validMacroF1: 0.7,
  },
];

/** The record of a run as it was then: its report in it, the scores of a fold beside its number. */
export function recordThen(id: string, change: object): object {
  const { summary: _, ...run } = sampleRun(id, {
    method: 'top-layers',
    settings: sampleSettings,
    createdAt: Date.UTC(2026, 10, 20),
  });
  return { ...run, folds: [], report: null, ...change };
}

const TINY = {
  labels: ['ham', 'spam'],
  maxLength: 64,
  head: { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0.5, -0.5), normalised: false },
  encoder: [],
};

/** What stood in a database of version 3: runs that finished, stopped, failed, and one broken off with all that it kept. */
export function recordsOf3(): Records {
  const report = reportOf(3);
  const partial = { ...report, status: 'partial', missing: ['the final fit on all training rows'], final_model: null };
  const shards = encodeFit(sampleFit());
  return {
    datasets: [datasetWithoutIds('d', 12)],
    rows: [{ datasetId: 'd', version: 1, chunk: 0, rows: rowsWithoutIds(12), tokenCounts: null }],
    runs: [
      recordThen('finished', { state: 'succeeded', folds: [foldResult(0), foldResult(1)], report, hasWeights: true }),
      recordThen('stopped', { state: 'stopped', folds: [foldResult(0)], report: partial }),
      recordThen('failed', {
        state: 'failed',
        error: { code: 'internal', message: 'It broke.', stack: '', details: {} },
      }),
      recordThen('interrupted', { state: 'interrupted', folds: [foldResult(0)] }),
    ],
    curves: [
      { runId: 'finished', chunk: 0, points: curveThen },
      { runId: 'interrupted', chunk: 0, points: curveThen },
      { runId: 'interrupted', chunk: 1, points: curveThen.map((point) => ({ ...point, fold: 1 })) },
    ],
    weights: [
      { runId: 'finished', tuned: TINY, base: null },
      { runId: 'interrupted', tuned: TINY, base: null },
    ],
    contexts: [{ runId: 'interrupted', context: sampleContext() }],
    outcomes: (['tuned', 'majority', 'tfidf_logistic_regression', 'features_only'] as const).map((part) => ({
      runId: 'interrupted',
      part,
      fold: 0,
      piece: pieceOf(part, fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9])),
    })),
    finals: [
      {
        runId: 'interrupted',
        part: 'majority',
        piece: { id: 'majority', probabilities: new Float32Array(), chosenC: null, model: null, seconds: 1 },
      },
    ],
    checkpoints: [
      {
        ...{ runId: 'interrupted', fold: 1, number: 1, format: 1, build: 'test', step: 12 },
        shards: shards.map((bytes) => ({
          bytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        })),
      },
    ],
    shards: shards.map((bytes, shard) => ({ runId: 'interrupted', fold: 1, number: 1, shard, bytes })),
    selfTests: [{ key: 'device/browser/test', passed: true, worst: { name: 'x', got: 1, expected: 1 } }],
  };
}

/** What stood in a database of version 0.1 of the page: a finished run, and one whose tab was closed while it worked. */
export function recordsOf1(): Records {
  const { findings: _f, ...context } = sampleContext();
  const then = (id: string, change: object): object => {
    const { build: _, ...record } = recordThen(id, change) as { build: string };
    return record;
  };
  return {
    datasets: [datasetWithoutIds('d', 12)],
    rows: [{ datasetId: 'd', version: 1, chunk: 0, rows: rowsWithoutIds(12), tokenCounts: null }],
    runs: [
      then('finished', { state: 'succeeded', folds: [foldResult(0), foldResult(1)], report: reportOf(1) }),
      then('closed', { state: 'running', folds: [foldResult(0)] }),
    ],
    curves: [{ runId: 'closed', chunk: 0, points: curveThen }],
    weights: [{ runId: 'closed', tuned: TINY, base: null }],
    contexts: [{ runId: 'closed', context }],
    outcomes: (['tuned', 'majority', 'tfidf_logistic_regression', 'features_only'] as const).map((part) => ({
      runId: 'closed',
      part,
      fold: 0,
      outcome: fold(0, [0, 1, 4, 5], [0.1, 0.2, 0.25, 0.9]),
    })),
    featureSizes: [{ key: 'vectors/1/a', bytes: 4, usedAt: 1 }],
    features: [{ key: 'vectors/1/a', values: Float32Array.of(1) }],
  };
}

/** Rows as they were before they had ids. */
function rowsWithoutIds(count: number): object[] {
  return sampleRows(count).map(({ rowId: _, ...row }) => row);
}

function datasetWithoutIds(id: string, count: number): object {
  const { nextRowId: _, versions, ...dataset } = sampleDataset(id, sampleRows(count));
  return { ...dataset, versions: versions.map(({ chunks: _chunks, ...version }) => version) };
}
