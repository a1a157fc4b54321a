/**
 * What page and workers say to each other: plain data, checked by both sides against `PROTOCOL_VERSION`.
 * Two workers: data (imports; core and storage only) and training (engine).
 */
import type { Dataset } from '../core/data/dataset';
import type { Mapping } from '../core/data/formats';
import type { ErrorData } from '../core/errors';
import type { CurvePoint, DeviceDescription, FoldResult, JobState, LogEntry, RunProgress, RunRequest } from '../core/plan/run';
import type { Backend } from '../core/plan/settings';

export const PROTOCOL_VERSION = 1;

export type DataCommand =
  | {
      type: 'import';
      requestId: string;
      /** A dropped file, or pasted text as a Blob. */
      blob: Blob;
      fileName: string;
      name: string;
      sample: boolean;
      mapping: Partial<Mapping> | null;
      task: 'classification' | 'generation' | null;
    }
  /** Reads the same file again under another mapping: not kept files cannot be read again, so the rows' file is kept. */
  | { type: 'cancel'; requestId: string };

export type DataEvent =
  | { type: 'import-progress'; requestId: string; bytesRead: number; bytesTotal: number; rows: number }
  | { type: 'imported'; requestId: string; dataset: Dataset }
  | { type: 'failed'; requestId: string; error: ErrorData };

export type TrainingCommand =
  | { type: 'describe'; requestId: string }
  | { type: 'start'; requestId: string; request: RunRequest }
  | { type: 'pause'; runId: string }
  | { type: 'resume'; runId: string }
  | { type: 'stop'; runId: string }
  | { type: 'cancel'; runId: string }
  | { type: 'predict'; requestId: string; runId: string; backend: Backend; texts: string[] };

export type TrainingEvent =
  | { type: 'described'; requestId: string; webgpu: DeviceDescription | null; reason: string | null }
  /** At most ten of these a second. */
  | { type: 'run'; runId: string; events: RunEvent[] }
  | { type: 'predict-progress'; requestId: string; done: number; total: number }
  | { type: 'predicted'; requestId: string; prediction: Prediction }
  | { type: 'failed'; requestId: string; error: ErrorData };

export type RunEvent =
  | { type: 'state'; state: JobState; error: ErrorData | null }
  | { type: 'device'; device: DeviceDescription }
  | { type: 'progress'; progress: RunProgress }
  | { type: 'points'; points: CurvePoint[] }
  | { type: 'fold'; fold: FoldResult }
  | { type: 'log'; entry: LogEntry }
  /** The run record in storage is complete: the page reads it again. */
  | { type: 'saved' };

/** Class probabilities of some texts by the tuned model and by features only, [texts][classes]. */
export interface Prediction {
  labels: string[];
  tuned: number[][];
  base: number[][];
  tokens: number[];
  cut: boolean[];
  elapsedMs: number;
}
