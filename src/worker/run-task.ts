/**
 * What a task does of a run, so that the life of a run (live-run.ts) knows none: it reads the rows that a request names,
 * opens them with their model on a device, works, and says what came of it.
 * To add a task: a file beside run-task-classification.ts, and its line in run-tasks.ts.
 */
import type { ReportEnding } from '../core/report/context';
import type { RunContext } from '../core/report/run-context';
import type { Report } from '../core/report/report';
import type { KeptWeights } from '../core/run/kept-weights';
import type { Checkpoints } from '../core/run/checkpoint';
import type { RunControl } from '../core/run/experiment';
import type { Run, RunRequest } from '../core/run/record';
import type { Settings } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import type { HoneDatabase } from '../storage/schema';
import type { JobPorts } from './job-ports';
import type { Resumption } from './resumption';
import type { RunRecorder } from './run-recorder';

/** What a run has around it. */
export interface RunHost {
  ports: JobPorts;
  request: RunRequest;
  /** What it goes on with; null for a new run. */
  before: Resumption | null;
  recorder: RunRecorder;
  /** Fires when it is cancelled. */
  signal: AbortSignal;
  /** Milliseconds worked, pauses left out. */
  workedMs(): number;
}

/** What is needed of it to read rows and models: a plan that is only measured has that too. */
export type OpeningHost = Omit<RunHost, 'recorder'> & { recorder: Pick<RunRecorder, 'onProgress' | 'onLog'> };

export interface RunTask {
  /** Reads and checks the rows of a request; throws `not-found` or `data-unusable` with what to do. */
  read(database: HoneDatabase, request: RunRequest): Promise<ReadRun>;
}

/** The rows of a run, read. */
export interface ReadRun {
  /** Splits them and puts the model on the device; throws `checkpoint-foreign` where they are not what the run began with. */
  open(host: RunHost, device: Device): Promise<OpenRun>;
}

/** A run whose model is on the device. `dispose` when done. */
export interface OpenRun {
  settings: Settings;
  /** What its report needs besides what it comes to: kept with the run until that has ended. */
  context: RunContext;
  /** What is noteworthy of its rows, in words. */
  notes: string[];
  /** To the end, or to a stop. Throws AppError: `cancelled`, `non-finite`, and what the guard finds. */
  work(kit: WorkKit): Promise<RunResult>;
  dispose(): void;
}

export interface WorkKit {
  control: RunControl;
  checkpoints: Checkpoints;
}

export interface RunResult {
  /** False when it was stopped; `missing` then says what there is not. */
  complete: boolean;
  missing: string[];
  /** Null where there is nothing to report of. */
  report(ending: ReportEnding): Promise<Report | null>;
  weights: KeptWeights | null;
  /** What is known of its method only at its end. */
  change?: Pick<Run, 'method' | 'settings' | 'modelId'>;
}
