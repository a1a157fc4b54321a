/** What the jobs of the training worker take from outside, so that a test can give them a store, a clock and a `post`. */
import type { CheckTools } from '../core/checks/check';
import type { RunThreads } from '../engine/run/run-threads';
import type { HoneDatabase } from '../storage/schema';
import type { ModelFiles } from './model-files';
import type { ModelSourceOptions } from './model-source';
import type { TrainingEvent } from './protocol';
import type { OpenTakeFile } from './take-file';

export interface JobPorts {
  /** Replaced by another connection when the browser closed it. */
  database: HoneDatabase;
  post(event: TrainingEvent): void;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since any moment, never backwards: for what must not depend on the computer's clock. */
  elapsed(): number;
  /** Names the code of this app: another one's checkpoints are not gone on from. */
  build: string;
  modelFiles(modelId: string, hooks: Pick<ModelSourceOptions, 'onBytes' | 'onNotKept'>): ModelFiles;
  /** Absolute address of the WebAssembly backend; null in Node, which finds it by itself. */
  wasmUrl: string | null;
  /** Helpers on the CPU; without them the job's own thread does it all. */
  threads?: RunThreads;
  /** What checks of written answers need. */
  checkTools: CheckTools;
  /** For the report: browser and version. */
  browser: string;
  /** Runs the body unless a run works in some tab; null then. */
  tryLock<T>(body: () => Promise<T>): Promise<T | null>;
  /** As `tryLock`, but waits for a worker that was just ended to let go. */
  awaitLock<T>(body: () => Promise<T>): Promise<T | null>;
  /** No run works here any more: what was held for it may go. */
  onIdle?(): void;
  /** Where files to take away are written. */
  takeFile: OpenTakeFile;
  /** What a page of its own begins with; throws as `fetchPageTemplate`. */
  pageTemplate(signal: AbortSignal): Promise<Uint8Array>;
  /** Tells the other tabs that runs changed. */
  announce(): void;
}
