/** What the jobs of the training worker take from outside, so that a test can give them a store, a clock and a `post`. */
import type { HoneDatabase } from '../storage/schema';
import type { ModelFiles, ModelSourceOptions } from './model-source';
import type { TrainingEvent } from './protocol';

export interface JobPorts {
  database: HoneDatabase;
  post(event: TrainingEvent): void;
  /** Milliseconds since 1970. */
  now(): number;
  modelFiles(modelId: string, hooks: Pick<ModelSourceOptions, 'onBytes' | 'onNotKept'>): ModelFiles;
  /** Absolute address of the WebAssembly backend; null in Node, which finds it by itself. */
  wasmUrl: string | null;
  /** For the report: browser and version. */
  browser: string;
  /** Runs the body unless a run works in some tab; null then. */
  tryLock<T>(body: () => Promise<T>): Promise<T | null>;
  /** Tells the other tabs that runs changed. */
  announce(): void;
}
