/** A training job as the worker runs it, with a fake `post`, a database in memory and a tiny model. */
import { AppError } from '../../src/core/errors';
import { autoChoices } from '../../src/core/settings/defaults';
import type { RunRequest } from '../../src/core/run/record';
import type { Row } from '../../src/core/data/dataset';
import { createRandom } from '../../src/core/random';
import { saveDataset } from '../../src/storage/datasets';
import type { HoneDatabase } from '../../src/storage/schema';
import { TrainingJob } from '../../src/worker/job';
import type { JobPorts } from '../../src/worker/job-ports';
import type { RunEvent, TrainingEvent } from '../../src/worker/protocol';
import { nodeCheckTools } from './check-tools';
import { freshDatabase, sampleDataset } from './storage';
import { TINY_WORDS, tinyModelFiles } from './tiny-model';

export interface JobHarness {
  database: HoneDatabase;
  job: TrainingJob;
  ports: JobPorts;
  events: TrainingEvent[];
  /** All events of the live run so far. */
  runEvents(): RunEvent[];
  states(): string[];
  /** Calls back on every event posted from now on. */
  onPost(listener: (event: TrainingEvent) => void): void;
}

export async function createHarness(change: Partial<JobPorts> = {}): Promise<JobHarness> {
  const database = await freshDatabase();
  const files = tinyModelFiles();
  let time = Date.UTC(2026, 0, 1);
  let elapsed = 0;
  const events: TrainingEvent[] = [];
  const listeners: ((event: TrainingEvent) => void)[] = [];
  const ports: JobPorts = {
    database,
    post(event) {
      // What a real port would do: a value that cannot be cloned must fail here too.
      events.push(structuredClone(event));
      for (const listener of listeners) listener(event);
    },
    // A second passes between two looks, so that no event waits for others.
    now: () => (time += 1000),
    elapsed: () => (elapsed += 1000),
    build: 'test',
    modelFiles: () => ({
      read: (file) => {
        const bytes = files.get(file);
        return bytes ? Promise.resolve(bytes) : Promise.reject(new AppError('model-missing', `${file} is missing.`));
      },
    }),
    wasmUrl: null,
    checkTools: nodeCheckTools,
    browser: 'Node',
    takeFile: () => Promise.reject(new Error('Nothing is taken away here.')),
    pageTemplate: () => Promise.reject(new Error('No page is written here.')),
    tryLock: (body) => body(),
    awaitLock: (body) => body(),
    announce: () => undefined,
    ...change,
  };
  const runEvents = (): RunEvent[] => events.flatMap((event) => (event.type === 'run' ? event.events : []));
  return {
    database,
    ports,
    events,
    job: new TrainingJob(ports),
    runEvents,
    states: () => runEvents().flatMap((event) => (event.type === 'state' ? [event.state] : [])),
    onPost: (listener) => void listeners.push(listener),
  };
}

/** Rows that a tiny model can tell apart: spam and ham are made of different words. Every text is different. */
export function spamRows(count: number, seed = 1): Row[] {
  const random = createRandom(seed);
  const pick = (from: number): string => TINY_WORDS[from + Math.floor(random() * 10)] ?? '';
  return Array.from({ length: count }, (_, i) => {
    const spam = i % 2 === 1;
    const words = Array.from({ length: 5 }, () => pick(spam ? 0 : 10));
    const text = `${words.join(' ')} ${TINY_WORDS[20 + (i % 10)]} ${i}`;
    return { rowId: i + 1, line: i + 1, text, target: spam ? 'spam' : 'ham' };
  });
}

export async function addDataset(database: HoneDatabase, id: string, rows: Row[]): Promise<void> {
  await saveDataset(database, { dataset: sampleDataset(id, rows), rows, tokenCounts: null, file: null });
}

export function request(change: Partial<RunRequest> = {}): RunRequest {
  return {
    runId: 'run',
    name: 'A run',
    datasetId: 'd',
    datasetVersion: 1,
    modelId: 'all-MiniLM-L6-v2',
    method: 'features',
    // What a test is about recipes for, it chooses.
    choices: { ...autoChoices(), recipe: 'plain' },
    evaluation: { folds: 3, test: { kind: 'none' } },
    backend: 'wasm',
    limit: 0,
    ...change,
  };
}
