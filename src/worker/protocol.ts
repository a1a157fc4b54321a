/**
 * What page and workers say to each other: plain data. The first message of a page to a worker is `open`,
 * with the protocol version and the page's address; a worker of another version refuses.
 * Two workers: data (imports; core and storage only) and training (engine).
 */
import type { CheckSpec } from '../core/checks/check';
import type { Dataset } from '../core/data/dataset';
import type { Task } from '../core/data/mapping';
import type { Mapping } from '../core/data/mapping';
import { AppError, type ErrorData } from '../core/errors';
import type { BenchResult } from '../core/run/bench';
import type { ImportPhase } from '../core/import/progress';
import type { ChatAnswers, ChatQuestion, ChatWay } from '../core/run/chat';
import type { Probes } from '../core/run/probes';
import type { NamedLabels, NamesMeasured } from '../core/run/names-alone';
import type { Nearest } from '../core/run/nearest';
import type { ModelCheck } from '../core/models/model-check';
import type { OwnSummary } from '../core/models/own-summary';
import type { BundleModel } from '../core/export/bundle/manifest';
import type { TakeFormatId, TakenFile, TakeProgress } from '../core/export/take';
import type { Report } from '../core/report/report';
import type { PlanEstimate } from '../core/run/estimate';
import type {
  CurvePoint,
  DescribedGpu,
  DeviceDescription,
  FoldResult,
  JobState,
  LogEntry,
  Run,
  RunProgress,
  RunRequest,
  RunSearch,
} from '../core/run/record';
import type { Backend } from '../core/settings/settings';
import type { UnsavedEnd } from '../core/run/unsaved';
import type { ChatMessage } from '../core/text/conversation';
import type { TokenView } from '../core/text/token-view';

export const PROTOCOL_VERSION = 12;

/** `baseUrl` is the page's document base: a worker's own address is another, and model files lie beside the page. */
export interface OpenCommand {
  type: 'open';
  version: number;
  baseUrl: string;
}

/** Throws when page and worker come from different versions of the app. */
export function demandVersion(version: number): void {
  if (version === PROTOCOL_VERSION) return;
  throw new AppError('internal', 'A newer version of Hone was put on the server meanwhile. Reload the page.');
}

/** An import has no cancel: it is stopped by ending the worker, and its one transaction with it. */
export type DataCommand =
  | OpenCommand
  | {
      type: 'import';
      requestId: string;
      /** A dropped file, or pasted text as a Blob; a run bundle is answered with `bundle-opened`. */
      blob: Blob;
      fileName: string;
      name: string;
      sample: boolean;
      mapping: Partial<Mapping> | null;
      task: Task | null;
    }
  /** Reads the kept file of a data set again, as a new version. */
  | { type: 'reread'; requestId: string; datasetId: string; mapping: Partial<Mapping> | null; task: Task | null }
  /** Runs the checks of a version that the tokenizer was missing for. */
  | { type: 'recheck'; requestId: string; datasetId: string; version: number }
  /**
   * Settles runs whose worker is gone, once none works in another tab: they become `interrupted`. A run that this page
   * saw die becomes what it says, unless another tab has taken it up by then.
   */
  | {
      type: 'recover';
      requestId: string;
      seen: { runId: string; state: 'cancelled' | 'interrupted'; error: ErrorData } | null;
    }
  /** Ends an interrupted run with what it had finished. */
  | { type: 'finish-run'; requestId: string; runId: string }
  /** Keeps a model in this browser before it is needed, for the time without a network. */
  | { type: 'keep-model'; requestId: string; modelId: string }
  /** What the files of a model are that a person brings along: their headers are read. */
  | { type: 'inspect-model'; requestId: string; title: string; files: { path: string; blob: Blob }[] }
  /** Keeps all of it in this browser; `withHead`: as the classifier that it is, to be tried. */
  | {
      type: 'keep-own-model';
      requestId: string;
      title: string;
      files: { path: string; blob: Blob }[];
      withHead: boolean;
    }
  /** What a model's tokenizer makes of the rows of a version; the answer is kept with it. */
  | { type: 'survey-rows'; requestId: string; datasetId: string; version: number; modelId: string }
  /** In which languages the rows of a version are; the answer is kept with it. */
  | { type: 'tell-languages'; requestId: string; datasetId: string; version: number }
  /** Adds an answer to a data set as a new row of a new version; `messages` stand before it. */
  | { type: 'add-row'; requestId: string; datasetId: string; messages: ChatMessage[]; answer: string }
  /** Which checks the answers of a version suggest. */
  | { type: 'suggest-checks'; requestId: string; datasetId: string; version: number }
  /** Judges the kept answers of a run by these checks and no others. */
  | { type: 'judge-report'; requestId: string; runId: string; checks: CheckSpec[] }
  /** What a model that writes learns of a row, by its place; null asks for one that is cut off. */
  | {
      type: 'view-tokens';
      requestId: string;
      datasetId: string;
      version: number;
      modelId: string;
      maxLength: number;
      at: number | null;
    }
  /** Stops the fetch or the taking in of a model, a survey or a look at tokens. */
  | { type: 'cancel-request'; requestId: string };

export type DataEvent =
  /** `progress`: 0–1 of the whole import. `rows`: those read; while they are counted or saved, those that are done. */
  | {
      type: 'import-progress';
      requestId: string;
      phase: ImportPhase;
      progress: number;
      bytesRead: number;
      bytesTotal: number;
      rows: number;
    }
  | { type: 'rechecked'; requestId: string; dataset: Dataset }
  /** `already`: the same rows were here before, and that data set is the answer. */
  | { type: 'imported'; requestId: string; dataset: Dataset; already: boolean }
  /**
   * The file was a run bundle; `already`: that run is in this browser, and is as it was. `datasets`: those it was made on.
   * `back`: those of it that were deleted here and came back. `toBring`: models of the person's own that it stands on and that are not here.
   */
  | {
      type: 'bundle-opened';
      requestId: string;
      run: Run;
      datasets: Dataset[];
      already: boolean;
      back: Dataset[];
      toBring: BundleModel[];
    }
  /** `fault`: why not all of it could be written; those runs are broken off all the same. */
  | { type: 'recovered'; requestId: string; runIds: string[]; fault: ErrorData | null }
  | { type: 'run-finished'; requestId: string }
  /** `shard`: 1-based, 0 for what comes before them. */
  | {
      type: 'keep-progress';
      requestId: string;
      bytesKept: number;
      bytesTotal: number;
      shard: number;
      shards: number;
    }
  | { type: 'model-kept'; requestId: string; bytes: number }
  | { type: 'model-inspected'; requestId: string; summary: OwnSummary }
  /** `reading`: for the hash that its id is made of; `keeping`: into this browser. */
  | {
      type: 'own-model-progress';
      requestId: string;
      doing: 'reading' | 'keeping';
      bytes: number;
      bytesTotal: number;
    }
  | { type: 'own-model-kept'; requestId: string; modelId: string }
  | { type: 'survey-progress'; requestId: string; rows: number; rowsTotal: number }
  | { type: 'surveyed'; requestId: string; dataset: Dataset }
  | { type: 'row-added'; requestId: string; dataset: Dataset }
  | { type: 'tokens-viewed'; requestId: string; view: TokenView }
  | { type: 'checks-suggested'; requestId: string; checks: CheckSpec[] }
  | { type: 'report-judged'; requestId: string }
  | { type: 'failed'; requestId: string; error: ErrorData };

export type TrainingCommand =
  | OpenCommand
  | { type: 'describe'; requestId: string }
  | { type: 'start'; requestId: string; request: RunRequest }
  /** Goes on with an interrupted run, under its own id. `because`: what it broke down of; null when a person asks. */
  | { type: 'resume-run'; requestId: string; runId: string; because: ErrorData | null }
  /** Keeps the state of the run soon: the page is hidden and may not come back. */
  | { type: 'checkpoint'; runId: string }
  | { type: 'pause'; runId: string }
  | { type: 'resume'; runId: string }
  | { type: 'stop'; runId: string }
  | { type: 'cancel'; runId: string }
  /** Writes the end of a run that there was no room for; without its model where that is too much. */
  | { type: 'save-end'; runId: string; withModel: boolean }
  /** `runId`: of a run, or the id of a classifier from elsewhere. */
  | { type: 'predict'; requestId: string; runId: string; backend: Backend; texts: string[] }
  /** The training rows that a text is nearest to. `readAll`: also where the vectors of many rows have to be read first. */
  | { type: 'nearest'; requestId: string; runId: string; backend: Backend; text: string; readAll: boolean }
  /** How many rows of a data set are right by what its labels mean alone. */
  | { type: 'measure-names'; requestId: string; datasetId: string; version: number; backend: Backend }
  /** Answers texts by what labels mean alone: `predicted`, without a base. */
  | { type: 'answer-names'; requestId: string; named: NamedLabels; backend: Backend; texts: string[] }
  /** Asks the model of a run of written answers; what it writes comes as `chat-text`, the whole as `chat-answered`. */
  | { type: 'chat'; requestId: string; question: ChatQuestion; backend: Backend }
  /** Asks a model that was brought along something easy. */
  | { type: 'check-model'; requestId: string; modelId: string; backend: Backend }
  /**
   * Writes a run as a file to take away, into a folder of the page's own storage, and proves it; `take-progress`, then `taken`.
   */
  | { type: 'take'; requestId: string; runId: string; format: TakeFormatId; place: string; backend: Backend }
  /** Measures on the device what a run would take. */
  | { type: 'estimate'; requestId: string; request: RunRequest }
  | { type: 'bench'; requestId: string; backend: Backend }
  /** Stops what was asked and is not a run. */
  | { type: 'cancel-request'; requestId: string };

export type TrainingEvent =
  | ({ type: 'described'; requestId: string } & DescribedGpu)
  /** The run's record is in storage, or was read from there; all that follows comes as `run`. */
  | { type: 'started'; requestId: string }
  /** At most ten of these a second. */
  | { type: 'run'; runId: string; events: RunEvent[] }
  | { type: 'predict-progress'; requestId: string; done: number; total: number }
  | { type: 'predicted'; requestId: string; prediction: Prediction }
  | { type: 'nearest-progress'; requestId: string; done: number; total: number }
  | { type: 'nearest-found'; requestId: string; nearest: Nearest }
  | { type: 'names-progress'; requestId: string; encoder: string; done: number; total: number }
  | { type: 'names-measured'; requestId: string; measured: NamesMeasured }
  /** What was written since the last of these. */
  | { type: 'chat-text'; requestId: string; way: ChatWay; text: string }
  | { type: 'chat-answered'; requestId: string; answers: ChatAnswers }
  | { type: 'model-checked'; requestId: string; check: ModelCheck }
  | { type: 'take-progress'; requestId: string; progress: TakeProgress }
  | { type: 'taken'; requestId: string; file: TakenFile }
  | { type: 'estimated'; requestId: string; estimate: PlanEstimate }
  /** With all that was measured so far. */
  | { type: 'bench-progress'; requestId: string; doing: string; result: BenchResult | null }
  | { type: 'benched'; requestId: string; result: BenchResult }
  | { type: 'failed'; requestId: string; error: ErrorData };

export type RunEvent =
  | { type: 'state'; state: JobState; error: ErrorData | null }
  /** A run goes on: what it told before, and in words why and from where. Comes before anything else. */
  | { type: 'resumed'; message: string; points: CurvePoint[]; folds: FoldResult[]; log: LogEntry[] }
  /** The run is over and its end could not be written: it waits in the worker. After the state, `interrupted`. */
  | { type: 'unsaved'; end: UnsavedEnd; report: Report | null }
  /** A checkpoint is on the disk. */
  | { type: 'kept'; fold: number; step: number }
  | { type: 'device'; device: DeviceDescription }
  | { type: 'estimate'; estimate: PlanEstimate }
  | { type: 'progress'; progress: RunProgress }
  | { type: 'points'; points: CurvePoint[] }
  | { type: 'fold'; fold: FoldResult }
  /** Where a search is. */
  | { type: 'search'; search: RunSearch }
  /** Fixed prompts were answered again: all that was answered to them so far. */
  | { type: 'probes'; probes: Probes }
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
