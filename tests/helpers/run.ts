/** The record of a run; apart from storage.ts, which puts a database of its own in place of the browser's. */
import { autoChoices } from '../../src/core/settings/defaults';
import type { Run } from '../../src/core/run/record';

export function sampleRun(id: string, change: Partial<Run> = {}): Run {
  return {
    id,
    name: `run ${id}`,
    createdAt: 1,
    updatedAt: 1,
    datasetId: 'd',
    datasetName: 'set d',
    datasetVersion: 1,
    modelId: 'all-MiniLM-L6-v2',
    method: 'features',
    request: {
      runId: id,
      name: `run ${id}`,
      datasetId: 'd',
      datasetVersion: 1,
      modelId: 'all-MiniLM-L6-v2',
      method: 'features',
      choices: autoChoices(),
      evaluation: { folds: 2, test: { kind: 'none' } },
      backend: 'wasm',
      limit: 0,
    },
    build: 'test',
    settings: null,
    state: 'running',
    device: null,
    progress: null,
    folds: [],
    log: [],
    error: null,
    summary: null,
    hasWeights: false,
    ...change,
  };
}
