/**
 * The page's side of the training worker: plain calls that take an `AbortSignal`, and the events of the live run.
 * It is ended after each run, because tfjs never gives its buffers back.
 *
 * Over 300 lines, since every call to that worker stands here, a few lines each.
 */
import { AppError, type ErrorData, toErrorData } from '../core/errors';
import { isDeviceFault, Revivals } from '../core/run/revival';
import type { TakeFormatId, TakenFile, TakeProgress } from '../core/export/take';
import type { ChatAnswers, ChatQuestion, ChatWay } from '../core/run/chat';
import type { ModelCheck } from '../core/models/model-check';
import type { DescribedGpu, RunRequest } from '../core/run/record';
import type { NamedLabels } from '../core/run/names-alone';
import type { Backend } from '../core/settings/settings';
import { WorkerChannel, type WorkerLike } from './channel';
import { startConfinedWorker } from './confined';
import type { Prediction, RunEvent, TrainingCommand, TrainingEvent } from './protocol';
import trainingWorkerAddress from './training.worker.ts?worker&url';

/** How long a worker may take to obey a cancel before it is ended by force. */
const CANCEL_PATIENCE_MS = 10_000;

export interface RunListener {
  /** Up to ten times a second, in order; the last batch ends with `saved`, after the final state. */
  onEvents(events: RunEvent[]): void;
  /** No worker works on it any more and none will: its record is to be settled, see `DataClient.recover`. */
  onLost(state: 'cancelled' | 'interrupted', error: ErrorData): void;
}

export interface PredictOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What is asked of a run while it works, passed on to the worker that has it. */
type Wish = Extract<TrainingCommand, { type: 'pause' | 'resume' | 'stop' | 'cancel' }>;

interface Live {
  runId: string;
  backend: Backend;
  run: RunListener;
  /** True once its first worker said that the run stands in storage: only then can another go on with it. */
  started: boolean;
  /** Workers it had. */
  workers: number;
  /** What was asked of it last: a worker that dies may not have obeyed, and the next is told again. */
  wish: Wish | null;
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
      'chat-answered',
      'model-checked',
      'taken',
      'estimated',
      'benched',
    ]);
    this.#channel.onEvent = (event) => this.#receive(event);
    this.#channel.onCrash = (error) => this.#lose(error);
  }

  /** What this browser can compute on; `reason` says in words why there is no WebGPU. */
  async describe(): Promise<DescribedGpu> {
    const event = await this.#channel.request((requestId) => ({ type: 'describe', requestId }));
    if (event.type !== 'described') return unexpected(event);
    const { webgpu, reason, limits } = event;
    return { webgpu, reason, limits };
  }

  /** Starts a run; resolves once its record is in storage, rejects when it was refused before that. */
  start(request: RunRequest, run: RunListener): Promise<void> {
    return this.#begin(request, run, (requestId) => ({ type: 'start', requestId, request }));
  }

  /** Goes on with a run that was broken off, by what was asked for when it began; otherwise as `start`. */
  resumeRun(request: RunRequest, run: RunListener): Promise<void> {
    const { runId } = request;
    return this.#begin(request, run, (requestId) => ({ type: 'resume-run', requestId, runId, because: null }));
  }

  async #begin(
    { runId, backend }: RunRequest,
    run: RunListener,
    make: (requestId: string) => TrainingCommand,
  ): Promise<void> {
    if (this.#live) throw new AppError('busy', 'A run is still working. Stop it first, or wait for its end.');
    const live: Live = { runId, backend, run, started: false, workers: 1, wish: null };
    this.#live = live;
    try {
      await this.#channel.request(make);
      live.started = true;
    } catch (error) {
      if (this.#live === live) this.#end();
      throw error;
    }
  }

  /** Has the state of the run kept soon; nothing where no worker works on it. */
  checkpoint(runId: string): void {
    if (this.#live?.runId === runId && this.#channel.alive) this.#channel.send({ type: 'checkpoint', runId });
  }

  pause(runId: string): void {
    this.#wish({ type: 'pause', runId });
  }

  resume(runId: string): void {
    this.#wish({ type: 'resume', runId });
  }

  /** Finishes early with the best so far. */
  stop(runId: string): void {
    this.#wish({ type: 'stop', runId });
  }

  /** Has the end of the run written that there was no room for; without its model where that is too much. */
  saveEnd(runId: string, withModel: boolean): void {
    if (this.#live?.runId === runId) this.#channel.send({ type: 'save-end', runId, withModel });
  }

  /** Lets an end go that could not be saved: the worker ends, and the run is what storage has of it. */
  letEndGo(runId: string, error: ErrorData): void {
    if (this.#live?.runId !== runId) return;
    this.#channel.end();
    this.#giveUp(this.#live, error);
  }

  /** Ends within one step; a worker that does not obey within ten seconds is ended by force. */
  cancel(runId: string): void {
    if (!this.#wish({ type: 'cancel', runId })) return;
    clearTimeout(this.#impatience);
    this.#impatience = setTimeout(() => {
      const error = new AppError('cancelled', 'Cancelled.');
      this.#channel.end(error);
      this.#lose(error);
    }, CANCEL_PATIENCE_MS);
  }

  /** False where this run does not work any more. */
  #wish(wish: Wish): boolean {
    if (this.#live?.runId !== wish.runId) return false;
    // Nothing that is asked afterwards takes a cancel back.
    if (!isCancelled(this.#live)) this.#live.wish = wish;
    this.#channel.send(wish);
    return true;
  }

  /** Class probabilities of texts by a finished run's model, and by features only. */
  async predict(runId: string, backend: Backend, texts: string[], options: PredictOptions = {}): Promise<Prediction> {
    return this.#predicted((requestId) => ({ type: 'predict', requestId, runId, backend, texts }), options);
  }

  /** Asks the model of a run of written answers, and hears what it writes as it comes. A stop ends it with what there is. */
  async chat(
    question: ChatQuestion,
    backend: Backend,
    { signal, onText }: { signal?: AbortSignal; onText?: (way: ChatWay, text: string) => void } = {},
  ): Promise<ChatAnswers> {
    return this.#sparing(async () => {
      const event = await this.#channel.request((requestId) => ({ type: 'chat', requestId, question, backend }), {
        signal,
        onEvent(event) {
          if (event.type === 'chat-text') onText?.(event.way, event.text);
        },
        onAbort: (requestId) => this.#channel.send({ type: 'cancel-request', requestId }),
      });
      return event.type === 'chat-answered' ? event.answers : unexpected(event);
    });
  }

  /** Asks a model that was brought along something easy; rejects where its values are no numbers, and with `cancelled`. */
  async checkModel(modelId: string, backend: Backend, signal: AbortSignal): Promise<ModelCheck> {
    return this.#sparing(async () => {
      const event = await this.#channel.request((requestId) => ({ type: 'check-model', requestId, modelId, backend }), {
        signal,
        onAbort: (requestId) => this.#channel.send({ type: 'cancel-request', requestId }),
      });
      return event.type === 'model-checked' ? event.check : unexpected(event);
    });
  }

  /** Has a run written as a file in the folder `place` of the page's storage; stopped, nothing of it is left. */
  async take(
    asked: { runId: string; format: TakeFormatId; place: string },
    backend: Backend,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (progress: TakeProgress) => void } = {},
  ): Promise<TakenFile> {
    return this.#sparing(async () => {
      const event = await this.#channel.request((requestId) => ({ type: 'take', requestId, backend, ...asked }), {
        signal,
        onEvent(event) {
          if (event.type === 'take-progress') onProgress?.(event.progress);
        },
        onAbort: (requestId) => this.#channel.send({ type: 'cancel-request', requestId }),
      });
      return event.type === 'taken' ? event.file : unexpected(event);
    });
  }

  async #predicted(make: (requestId: string) => TrainingCommand, options: PredictOptions): Promise<Prediction> {
    return this.#sparing(async () => {
      const event = await this.#channel.request(make, {
        signal: options.signal,
        onEvent(event) {
          if (event.type === 'predict-progress') options.onProgress?.(event.done, event.total);
        },
        onAbort: (requestId) => this.#channel.send({ type: 'cancel-request', requestId }),
      });
      return event.type === 'predicted' ? event.prediction : unexpected(event);
    });
  }

  /** A device that failed never works again in its worker: the next question starts another. */
  async #sparing<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof AppError && isDeviceFault(error.code) && !this.#live) this.#channel.end(error);
      throw error;
    }
  }

  /** As `predict`, by what labels mean alone: there is no model of a run, and no base. */
  async answerNames(
    named: NamedLabels,
    backend: Backend,
    texts: string[],
    options: PredictOptions = {},
  ): Promise<Prediction> {
    return this.#predicted((requestId) => ({ type: 'answer-names', requestId, named, backend, texts }), options);
  }

  /** A worker that is not at a run ends as soon as it is idle; each run has one of its own anyway. */
  renew(): void {
    if (!this.#live) this.#channel.renew();
  }

  #receive(event: TrainingEvent): void {
    if (event.type !== 'run' || this.#live?.runId !== event.runId) return;
    const live = this.#live;
    // `saved` is the last word of a worker, however its run ended: only then is it no longer needed.
    if (!event.events.some(({ type }) => type === 'saved')) {
      live.run.onEvents(event.events);
      return;
    }
    this.#channel.end();
    const fault = interruptionOf(event.events);
    if (fault && (isDeviceFault(fault.code) || isCancelled(live))) {
      // Its state, «interrupted», lasts until the next worker has begun: nobody needs to see it.
      live.run.onEvents(event.events.filter(({ type }) => type !== 'state' && type !== 'saved'));
      this.#revive(live, fault);
    } else {
      this.#end();
      live.run.onEvents(event.events);
    }
  }

  /** Lets another worker go on with the run, or gives it up with advice. */
  #revive(live: Live, error: ErrorData): void {
    if (isCancelled(live)) {
      this.#giveUp(live, error);
      return;
    }
    if (!this.#revivals.allow()) {
      this.#giveUp(live, { ...error, message: `${error.message} ${ADVICE[live.backend]}` });
      return;
    }
    const { runId, wish } = live;
    const worker = ++live.workers;
    this.#channel
      .request((requestId) => ({ type: 'resume-run', requestId, runId, because: error }))
      .catch((fault: unknown) => {
        // Not of a worker that died meanwhile and has its follower.
        if (this.#live === live && live.workers === worker) this.#giveUp(live, toErrorData(fault));
      });
    if (wish) this.#channel.send(wish);
  }

  /** A person who wanted the run to end gets that; otherwise it waits as it is. */
  #giveUp(live: Live, error: ErrorData): void {
    this.#end();
    if (isCancelled(live)) live.run.onLost('cancelled', toErrorData(new AppError('cancelled', 'Cancelled.')));
    else live.run.onLost('interrupted', error);
  }

  #lose(error: AppError): void {
    // Before it has begun, its request was rejected with the same words; a run that was to go on is as it was.
    if (this.#live?.started) this.#revive(this.#live, toErrorData(error));
    else this.#end();
  }

  /** No run is live any more, and none that comes is ended for it. */
  #end(): void {
    clearTimeout(this.#impatience);
    this.#live = null;
  }
}

const ADVICE: Record<Backend, string> = {
  webgpu:
    'It happened four times within ten minutes, so the run waits; all that it had is kept. Close other programs that ' +
    'use the GPU, then resume it; or start it again on the processor.',
  wasm:
    'It happened four times within ten minutes, so the run waits; all that it had is kept. Close other tabs and ' +
    'programs, reload this page, then resume it.',
};

function isCancelled({ wish }: Live): boolean {
  return wish?.type === 'cancel';
}

/** Why a run that is not over was broken off; null where it ended. */
function interruptionOf(events: readonly RunEvent[]): ErrorData | null {
  for (const event of events) if (event.type === 'state' && event.state === 'interrupted') return event.error;
  return null;
}

function unexpected(event: { type: string }): never {
  throw new AppError('internal', `A worker answered with «${event.type}», which was not asked for.`);
}

function createTrainingWorker(): WorkerLike {
  return startConfinedWorker(trainingWorkerAddress);
}
