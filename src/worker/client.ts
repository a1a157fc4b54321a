/**
 * The page's side of both workers: plain calls that take an `AbortSignal`, and the events of the live run.
 * The training worker is ended after each run, because tfjs never gives its buffers back.
 */
import type { Dataset } from '../core/data/dataset';
import { AppError, type ErrorData, toErrorData } from '../core/errors';
import { isDeviceFault, Revivals } from '../core/plan/revival';
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
    this.#channel = new WorkerChannel(createWorker, baseUrl, ['imported', 'recovered', 'run-finished']);
  }

  /** Reads a file into a data set and saves it. */
  import(source: ImportSource, options: ImportOptions = {}): Promise<ImportResult> {
    return this.#read((requestId) => ({ type: 'import', requestId, ...source }), options);
  }

  /** Reads the kept file of a data set again, as a new version of it. */
  reread(source: RereadSource, options: ImportOptions = {}): Promise<ImportResult> {
    return this.#read((requestId) => ({ type: 'reread', requestId, ...source }), options);
  }

  /** Ends an interrupted run with what it had finished. */
  async finishRun(runId: string): Promise<void> {
    await this.#channel.request((requestId) => ({ type: 'finish-run', requestId, runId }));
  }

  /** Settles runs whose worker is gone and returns their ids; none while another tab trains. */
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

export interface LiveRun {
  /** Up to ten times a second, in order; the last batch ends with `saved`, after the final state. */
  onEvents(events: RunEvent[]): void;
  /** No worker works on it any more and none will: its record is to be settled, see `DataClient.recover`. */
  onLost(state: 'failed' | 'cancelled' | 'interrupted', error: ErrorData): void;
}

interface Live {
  runId: string;
  run: LiveRun;
  /** True once its first worker said that the run stands in storage: only then can another go on with it. */
  started: boolean;
  /** Workers it had. */
  workers: number;
}

/** The device, the live run, and predictions. */
export class TrainingClient {
  readonly #channel: WorkerChannel<TrainingCommand, TrainingEvent>;
  readonly #revivals: Revivals;
  #live: Live | null = null;
  #impatience: ReturnType<typeof setTimeout> | undefined;

  /** `elapsed`: milliseconds since any moment, never backwards. */
  constructor(
    baseUrl: string,
    createWorker: () => WorkerLike = createTrainingWorker,
    elapsed = () => performance.now(),
  ) {
    this.#revivals = new Revivals(elapsed);
    this.#channel = new WorkerChannel(createWorker, baseUrl, [
      'described',
      'started',
      'predicted',
      'estimated',
      'benched',
    ]);
    this.#channel.onEvent = (event) => this.#receive(event);
    this.#channel.onCrash = (error) => this.#lose('failed', error);
  }

  /** What this browser can compute on; `reason` says in words why there is no WebGPU. */
  async describe(): Promise<{ webgpu: DeviceDescription | null; reason: string | null }> {
    const event = await this.#channel.request((requestId) => ({ type: 'describe', requestId }));
    return event.type === 'described' ? { webgpu: event.webgpu, reason: event.reason } : unexpected(event);
  }

  /** Starts a run; resolves once its record is in storage, rejects when it was refused before that. */
  start(request: RunRequest, run: LiveRun): Promise<void> {
    return this.#begin(request.runId, run, (requestId) => ({ type: 'start', requestId, request }));
  }

  /** Goes on with a run that was broken off; otherwise as `start`. */
  resumeRun(runId: string, run: LiveRun): Promise<void> {
    return this.#begin(runId, run, (requestId) => ({ type: 'resume-run', requestId, runId, because: null }));
  }

  async #begin(runId: string, run: LiveRun, make: (requestId: string) => TrainingCommand): Promise<void> {
    if (this.#live) throw new AppError('config-invalid', 'A run is still working. Stop it first, or wait for its end.');
    const live = { runId, run, started: false, workers: 1 };
    this.#live = live;
    try {
      await this.#channel.request(make);
      live.started = true;
    } catch (error) {
      if (this.#live === live) this.#live = null;
      throw error;
    }
  }

  /** Has the state of the run kept soon; nothing where no worker works on it. */
  checkpoint(runId: string): void {
    if (this.#live?.runId === runId && this.#channel.alive) this.#channel.send({ type: 'checkpoint', runId });
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
        onAbort: (requestId) => this.#channel.send({ type: 'cancel-request', requestId }),
      });
      return event.type === 'predicted' ? event.prediction : unexpected(event);
    } catch (error) {
      // A device that failed never works again in its worker: the next question starts another.
      if (error instanceof AppError && isDeviceFault(error.code) && !this.#live) this.#channel.end(error);
      throw error;
    }
  }

  #receive(event: TrainingEvent): void {
    if (event.type !== 'run' || this.#live?.runId !== event.runId) return;
    const live = this.#live;
    // `saved` is the last word of a worker, however its run ended: only then is it no longer needed.
    if (!event.events.some(({ type }) => type === 'saved')) {
      live.run.onEvents(event.events);
      return;
    }
    clearTimeout(this.#impatience);
    this.#channel.end();
    const fault = deviceFaultOf(event.events);
    if (fault) {
      // Its state, «interrupted», lasts until the next worker has begun: nobody needs to see it.
      live.run.onEvents(event.events.filter(({ type }) => type !== 'state' && type !== 'saved'));
      this.#revive(live, fault);
    } else {
      this.#live = null;
      live.run.onEvents(event.events);
    }
  }

  /** Lets another worker go on with the run, or gives it up with advice. */
  #revive(live: Live, error: ErrorData): void {
    if (!this.#revivals.allow()) {
      this.#live = null;
      live.run.onLost('failed', { ...error, message: `${error.message} ${ADVICE}` });
      return;
    }
    const { runId } = live;
    const worker = ++live.workers;
    this.#channel
      .request((requestId) => ({ type: 'resume-run', requestId, runId, because: error }))
      .catch((fault: unknown) => {
        // Not of a worker that died meanwhile and has its follower.
        if (this.#live !== live || live.workers !== worker) return;
        this.#live = null;
        live.run.onLost('interrupted', toErrorData(fault));
      });
  }

  #lose(state: 'failed' | 'cancelled', error: AppError): void {
    clearTimeout(this.#impatience);
    const live = this.#live;
    if (live?.started && state === 'failed') {
      this.#revive(live, toErrorData(error));
      return;
    }
    this.#live = null;
    live?.run.onLost(state, toErrorData(error));
  }
}

const ADVICE =
  'It happened four times within ten minutes, so the run was ended; what was finished is kept. Close other programs ' +
  'that use the GPU, or choose WebAssembly, then start it again.';

/** The fault of a device that a run ended of for now; null where it ended otherwise. */
function deviceFaultOf(events: readonly RunEvent[]): ErrorData | null {
  for (const event of events) {
    if (event.type === 'state' && event.state === 'interrupted' && event.error && isDeviceFault(event.error.code)) {
      return event.error;
    }
  }
  return null;
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
