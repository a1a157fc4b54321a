/**
 * The page's side of both workers: plain calls that take an `AbortSignal`, and the events of the live run.
 * The training worker is ended after each run, because tfjs never gives its buffers back.
 */
import type { Dataset } from '../core/data/dataset';
import { AppError, type ErrorCode, type ErrorData, toErrorData } from '../core/errors';
import type { DeviceDescription, RunRequest } from '../core/plan/run';
import type { Backend } from '../core/plan/settings';
import { WorkerChannel, type WorkerLike } from './channel';
import { startConfinedWorker } from './confined';
import dataWorkerAddress from './data.worker.ts?worker&url';
import type { DataCommand, DataEvent, Prediction, RunEvent, TrainingCommand, TrainingEvent } from './protocol';
import trainingWorkerAddress from './training.worker.ts?worker&url';

type Command<Type extends DataCommand['type']> = Omit<Extract<DataCommand, { type: Type }>, 'type' | 'requestId'>;
export type ImportSource = Command<'import'>;
export type RereadSource = Command<'reread'>;
export type ImportProgress = Omit<Extract<DataEvent, { type: 'import-progress' }>, 'type' | 'requestId'>;
export type ImportResult = { dataset: Dataset; already: boolean };

interface ImportOptions {
  /** Abort ends the worker, and with it whatever it had not saved. */
  signal?: AbortSignal;
  onProgress?(progress: ImportProgress): void;
}

/** How many workers are asked to clear up, should imports be cancelled meanwhile. */
const RECOVER_TRIES = 5;

/** Imports, and the clearing up after runs that died. */
export class DataClient {
  readonly #channel: WorkerChannel<DataCommand, DataEvent>;

  constructor(baseUrl: string, createWorker: () => WorkerLike = createDataWorker) {
    this.#channel = new WorkerChannel(createWorker, baseUrl, ['imported', 'recovered']);
  }

  /** Reads a file into a data set and saves it. */
  import(source: ImportSource, options: ImportOptions = {}): Promise<ImportResult> {
    return this.#read((requestId) => ({ type: 'import', requestId, ...source }), options);
  }

  /** Reads the kept file of a data set again, as a new version of it. */
  reread(source: RereadSource, options: ImportOptions = {}): Promise<ImportResult> {
    return this.#read((requestId) => ({ type: 'reread', requestId, ...source }), options);
  }

  /** Ends runs whose worker is gone and returns their ids; none while another tab trains. */
  async recover(seen: Extract<DataCommand, { type: 'recover' }>['seen'] = null): Promise<string[]> {
    for (let tries = RECOVER_TRIES; ; tries--) {
      try {
        const event = await this.#channel.request((requestId) => ({ type: 'recover', requestId, seen }));
        return event.type === 'recovered' ? event.runIds : unexpected(event);
      } catch (error) {
        // A cancelled import ended the worker under it: the next worker is asked.
        if (tries === 1 || !(error instanceof AppError && error.code === 'cancelled')) throw error;
      }
    }
  }

  async #read(make: (requestId: string) => DataCommand, { signal, onProgress }: ImportOptions): Promise<ImportResult> {
    const event = await this.#channel.request(make, {
      signal,
      onEvent(event) {
        if (event.type === 'import-progress') onProgress?.(event);
      },
      onAbort: () => this.#channel.end(),
    });
    return event.type === 'imported' ? { dataset: event.dataset, already: event.already } : unexpected(event);
  }
}

/** How long a worker may take to obey a cancel before it is ended by force. */
const CANCEL_PATIENCE_MS = 10_000;

const DEVICE_FAULTS: ReadonlySet<ErrorCode> = new Set(['device-lost', 'gpu-error', 'out-of-memory']);

export interface LiveRun {
  /** Up to ten times a second, in order; the last batch ends with `saved`, after the final state. */
  onEvents(events: RunEvent[]): void;
  /** The worker died: its run is to be ended in storage, see `DataClient.recover`. */
  onLost(state: 'failed' | 'cancelled', error: ErrorData): void;
}

/** The device, the live run, and predictions. */
export class TrainingClient {
  readonly #channel: WorkerChannel<TrainingCommand, TrainingEvent>;
  #live: { runId: string; run: LiveRun } | null = null;
  #impatience: ReturnType<typeof setTimeout> | undefined;

  constructor(baseUrl: string, createWorker: () => WorkerLike = createTrainingWorker) {
    this.#channel = new WorkerChannel(createWorker, baseUrl, ['described', 'started', 'predicted']);
    this.#channel.onEvent = (event) => this.#receive(event);
    this.#channel.onCrash = (error) => this.#lose('failed', error);
  }

  /** What this browser can compute on; `reason` says in words why there is no WebGPU. */
  async describe(): Promise<{ webgpu: DeviceDescription | null; reason: string | null }> {
    const event = await this.#channel.request((requestId) => ({ type: 'describe', requestId }));
    return event.type === 'described' ? { webgpu: event.webgpu, reason: event.reason } : unexpected(event);
  }

  /** Starts a run; resolves once its record is in storage, rejects when it was refused before that. */
  async start(request: RunRequest, run: LiveRun): Promise<void> {
    if (this.#live) throw new AppError('config-invalid', 'A run is still working. Stop it first, or wait for its end.');
    const live = { runId: request.runId, run };
    this.#live = live;
    try {
      await this.#channel.request((requestId) => ({ type: 'start', requestId, request }));
    } catch (error) {
      if (this.#live === live) this.#live = null;
      throw error;
    }
  }

  pause(runId: string): void {
    this.#channel.send({ type: 'pause', runId });
  }

  resume(runId: string): void {
    this.#channel.send({ type: 'resume', runId });
  }

  /** Finishes early with the best so far. */
  stop(runId: string): void {
    this.#channel.send({ type: 'stop', runId });
  }

  /** Ends within one step; a worker that does not obey within ten seconds is ended by force. */
  cancel(runId: string): void {
    this.#channel.send({ type: 'cancel', runId });
    clearTimeout(this.#impatience);
    this.#impatience = setTimeout(() => {
      const error = new AppError('cancelled', 'Cancelled.');
      this.#channel.end(error);
      this.#lose('cancelled', error);
    }, CANCEL_PATIENCE_MS);
  }

  /** Class probabilities of texts by a finished run's model, and by features only. */
  async predict(
    runId: string,
    backend: Backend,
    texts: string[],
    options: {
      signal?: AbortSignal | undefined;
      onProgress?: ((done: number, total: number) => void) | undefined;
    } = {},
  ): Promise<Prediction> {
    const make = (requestId: string): TrainingCommand => ({ type: 'predict', requestId, runId, backend, texts });
    try {
      const event = await this.#channel.request(make, {
        signal: options.signal,
        onEvent(event) {
          if (event.type === 'predict-progress') options.onProgress?.(event.done, event.total);
        },
        onAbort: (requestId) => this.#channel.send({ type: 'cancel-predict', requestId }),
      });
      return event.type === 'predicted' ? event.prediction : unexpected(event);
    } catch (error) {
      // A device that failed never works again in its worker: the next question starts another.
      if (error instanceof AppError && DEVICE_FAULTS.has(error.code) && !this.#live) this.#channel.end(error);
      throw error;
    }
  }

  #receive(event: TrainingEvent): void {
    if (event.type !== 'run' || this.#live?.runId !== event.runId) return;
    const { run } = this.#live;
    // `saved` is the last word of a run, however it ended: only then is its worker no longer needed.
    if (event.events.some(({ type }) => type === 'saved')) {
      this.#live = null;
      clearTimeout(this.#impatience);
      this.#channel.end();
    }
    run.onEvents(event.events);
  }

  #lose(state: 'failed' | 'cancelled', error: AppError): void {
    clearTimeout(this.#impatience);
    const live = this.#live;
    this.#live = null;
    live?.run.onLost(state, toErrorData(error));
  }
}

function unexpected(event: { type: string }): never {
  throw new AppError('internal', `A worker answered with «${event.type}», which was not asked for.`);
}

function createDataWorker(): WorkerLike {
  return startConfinedWorker(dataWorkerAddress);
}

function createTrainingWorker(): WorkerLike {
  return startConfinedWorker(trainingWorkerAddress);
}
