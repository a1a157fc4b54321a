/**
 * A run: a job with a state, its settings, its curve and, when it is over, the summary of its report (which stands by itself).
 * Plain values; the record is written by the training worker and read by the page.
 */
import type { CheckSpec } from '../checks/check';
import type { ErrorData } from '../errors';
import type { EncoderChoice } from '../models/encoders';
import type { MemoryLimits } from '../models/memory-limits';
import type { Scores } from '../metrics/registry';
import type { PlanEstimate } from './estimate';
import type { Probes } from './probes';
import type { SearchRequest } from '../search/plan';
import type { LadderNow, LadderTable } from '../search/table';
import type { SkippedTrial } from '../search/trials';
import type { RunSummary } from './summary';
import type { Backend, EvaluationPlan, Method, SettingChoices, Settings } from '../settings/settings';

/** `interrupted`: its worker is gone and what it had is kept; it can be resumed, or finished with what there is. */
export type JobState =
  'validating' | 'queued' | 'running' | 'paused' | 'interrupted' | 'succeeded' | 'failed' | 'stopped' | 'cancelled';

/** True for a state that a run does not leave. */
export function isFinal(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'stopped' || state === 'cancelled';
}

/** True for a state in which a worker works or waits for a person. */
export function isAtWork(state: JobState): boolean {
  return !isFinal(state) && state !== 'interrupted';
}

/** True for a run that can be taken along whole: it is over, and more of it is here than a report from a file. */
export function isWhole({ state, reported }: Pick<Run, 'state' | 'reported'>): boolean {
  return isFinal(state) && reported === undefined;
}

/** What the page asks for. */
export interface RunRequest {
  runId: string;
  name: string;
  datasetId: string;
  datasetVersion: number;
  /** The first encoder: the one that a method which trains changes. */
  modelId: string;
  /** What was asked for; absent in records of before there were two: `modelId` alone. See `encodersOf`. */
  encoder?: EncoderChoice;
  method: Method;
  choices: SettingChoices;
  evaluation: EvaluationPlan;
  backend: Backend;
  /** A quick trial: use N rows, drawn at random so that labels keep their share. 0 = all. */
  limit: number;
  /** What labels mean, as the data set had it when the run was asked for; a label without one stands on its name. */
  labelDescriptions?: Record<string, string>;
  /** What works is to be found: the method is that of the settings that all rungs share. */
  search?: SearchRequest;
  /** Written answers: the person's own prompts, answered after every pass; absent: held-out rows are. */
  prompts?: string[];
  /** What they are judged by, as the form showed it; absent: what the training answers suggest. */
  checks?: CheckSpec[];
}

/** One point of the live curve. `trainLoss` at every step; the others at validation. NaN never enters. */
export interface CurvePoint {
  /** 0-based fold; `folds` (one past the last) is the final fit. */
  fold: number;
  /** Passes done at the end of this step: 1.5 is in the middle of the second. */
  epoch: number;
  /** Optimizer updates done in this fold, 1-based. */
  step: number;
  trainLoss: number | null;
  learningRate: number | null;
  gradNorm: number | null;
  validLoss: number | null;
  /** Of the validation rows. */
  metrics: Scores | null;
  /** The validation figures are of the rows that the fold is scored on: nothing was chosen by them. Absent: of rows set aside to choose by. */
  watched?: boolean;
}

/** Where a run is. Times in milliseconds, progress 0–1 over the whole plan. */
export interface RunProgress {
  phase: 'loading-model' | 'features' | 'baselines' | 'fold' | 'final-fit' | 'test' | 'report';
  /** One short line in words: «Reading 812 of 4,460 texts». */
  message: string;
  /** 0-based, as `epoch`; `step` counts those that are done. */
  fold: number;
  folds: number;
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  /** 0–1 of the current phase or fold. */
  phaseProgress: number;
  /** How far each fold is, 0–1: several may be under way, and `fold` is the first of them. */
  foldShares?: number[];
  progress: number;
  elapsedMs: number;
  leftMs: number | null;
  examplesPerSecond: number | null;
  /** Read in steps, or written in answers; only where tokens are what is learned. */
  tokensPerSecond?: number | null;
  /** Held by tensors on the device. */
  memoryBytes?: number | null;
}

export interface DeviceDescription {
  backend: Backend;
  /** «WebAssembly, SIMD» or the adapter's vendor, architecture and description. */
  name: string;
  /** True for SwiftShader, llvmpipe and the like. */
  software: boolean;
}

/** What a browser says of its GPU. */
export interface DescribedGpu {
  webgpu: DeviceDescription | null;
  /** Why there is none, or why it is not trusted, in words; null where nothing is against it. */
  reason: string | null;
  /** How much memory it gives; null without one. */
  limits: MemoryLimits | null;
}

export interface LogEntry {
  at: number;
  message: string;
}

/** The result of one fold, kept as soon as it is done so that a closed tab loses no finished fold. */
export interface FoldResult {
  fold: number;
  metrics: Scores;
  /** Steps and epochs run, and the epoch whose weights were kept (null where nothing is iterated). */
  steps: number;
  epochs: number;
  bestEpoch: number | null;
  seconds: number;
}

/** Where a search is; what was passed over, and that a person had enough, is what one that goes on has to know. */
export interface RunSearch {
  table: LadderTable | null;
  /** What is fitted; null where nothing of the table is. */
  now: LadderNow | null;
  skipped: SkippedTrial[];
  stopped: boolean;
}

export interface Run {
  id: string;
  name: string;
  createdAt: number;
  updatedAt: number;
  datasetId: string;
  datasetName: string;
  datasetVersion: number;
  modelId: string;
  method: Method;
  request: RunRequest;
  /** The build of the app that began it: another computes other bits and cannot go on with it. */
  build: string;
  settings: Settings | null;
  state: JobState;
  device: DeviceDescription | null;
  /** What was measured before it began; none where it was refused before that. */
  estimate?: PlanEstimate;
  progress: RunProgress | null;
  /** Seconds that reading its texts took; absent before that is done. */
  featuresSeconds?: number;
  folds: FoldResult[];
  log: LogEntry[];
  error: ErrorData | null;
  /** Of a search. */
  search?: RunSearch;
  /** Of a run of written answers. */
  probes?: Probes;
  /** Of the finished report, or the partial one of a stopped run; null while there is none. */
  summary: RunSummary | null;
  /** Its report came as a file: trained elsewhere, or by another browser. `runId`: of the run that was handed over. */
  reported?: { trainer: string | null; runId: string | null };
  /** True when weights for Try are in the `weights` store. */
  hasWeights: boolean;
}
