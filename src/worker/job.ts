/**
 * The work behind the training worker: one run at a time, and predictions. Takes `post`, a store and a clock, and
 * names no `self`, so that a test can run a whole training without a worker.
 */
import { AppError, type ErrorData, toErrorData } from '../core/errors';
import type { BenchResult } from '../core/run/bench';
import type { DeviceDescription, Run, RunRequest } from '../core/run/record';
import { methodDefinition } from '../core/settings/methods';
import { addRun, updateRun } from '../storage/runs';
import { getDataset } from '../storage/datasets';
import { ChatJob } from './chat-job';
import { runBench } from './bench-job';
import { checkModel } from './check-model-job';
import { estimateRun } from './estimate-job';
import { estimateWritingRun } from './estimate-writing';
import type { JobPorts } from './job-ports';
import { LiveRun } from './live-run';
import { NamesJob } from './names-job';
import { NearestJob } from './nearest-job';
import { refusal } from './open-device';
import { PredictJob } from './predict-job';
import type { TrainingCommand, TrainingEvent } from './protocol';
import { readResumption } from './resumption';
import { encodersOfRequest } from './run-encoders';
import type { SaveAsked } from './run-end';
import { TakeJob } from './take-job';

/** A run that was asked for. What is wanted of it before it works is kept until then. */
interface Steered {
  live: LiveRun | null;
  wishes: ((run: LiveRun) => void)[];
}

export class TrainingJob {
  readonly #ports: JobPorts;
  readonly #predictions: PredictJob;
  readonly #nearest: NearestJob;
  readonly #names: NamesJob;
  readonly #chat: ChatJob;
  readonly #take: TakeJob;
  readonly #asked = new Map<string, AbortController>();
  /** Answers come one after the other: they share one device. */
  #lastAnswer: Promise<void> = Promise.resolve();
  readonly #runs = new Map<string, Steered>();

  constructor(ports: JobPorts) {
    this.#ports = ports;
    this.#predictions = new PredictJob(ports);
    this.#nearest = new NearestJob(ports);
    this.#names = new NamesJob(ports);
    this.#chat = new ChatJob(ports);
    this.#take = new TakeJob(ports);
  }

  /** Starts a run and resolves at its end; says `started` when its record is kept, `failed` when it was refused. */
  start(requestId: string, request: RunRequest): Promise<void> {
    const { database, tryLock } = this.#ports;
    return this.#work(requestId, request.runId, tryLock, async () => {
      const run = await this.#record(request);
      await addRun(database, run);
      return new LiveRun(this.#ports, run);
    });
  }

  /** Goes on with a run that was broken off, under its own id; otherwise as `start`. */
  resumeRun(requestId: string, runId: string, because: ErrorData | null): Promise<void> {
    const { database, build, awaitLock } = this.#ports;
    return this.#work(requestId, runId, awaitLock, async () => {
      const before = await readResumption(database, runId, build, because);
      // Other tabs must not offer to go on with what goes on.
      await updateRun(database, runId, { state: 'validating', error: null });
      return new LiveRun(this.#ports, before.run, before);
    });
  }

  async #work(
    requestId: string,
    runId: string,
    lock: JobPorts['tryLock'],
    make: () => Promise<LiveRun>,
  ): Promise<void> {
    const { post } = this.#ports;
    const steered: Steered = { live: null, wishes: [] };
    this.#runs.set(runId, steered);
    try {
      const done = await lock(async () => {
        const live = await make();
        steered.live = live;
        for (const wish of steered.wishes) wish(live);
        this.#ports.announce();
        post({ type: 'started', requestId });
        await live.work();
        return true;
      });
      if (done === null) {
        throw new AppError(
          'busy',
          'A run is working in another tab. Wait for its end or stop it there; two at once would slow each other down.',
        );
      }
    } catch (error) {
      post({ type: 'failed', requestId, error: toErrorData(error) });
    } finally {
      this.#runs.delete(runId);
      if (!this.works) this.#ports.onIdle?.();
    }
  }

  #steer(runId: string, wish: (run: LiveRun) => void): void {
    const steered = this.#runs.get(runId);
    if (steered?.live) wish(steered.live);
    else steered?.wishes.push(wish);
  }

  /** Why a device is not to be taken by itself: it failed its self-test in this browser. Null when it did not. */
  refusal(description: DeviceDescription): Promise<string | null> {
    return refusal(this.#ports, description);
  }

  pause(runId: string): void {
    this.#steer(runId, (run) => run.pause());
  }

  /** Keeps the state of the run soon. */
  checkpoint(runId: string): void {
    this.#steer(runId, (run) => run.keep());
  }

  resume(runId: string): void {
    this.#steer(runId, (run) => run.control.resume());
  }

  stop(runId: string): void {
    this.#steer(runId, (run) => run.control.stop());
  }

  cancel(runId: string): void {
    this.#steer(runId, (run) => run.control.cancel());
  }

  /** Has the end of a run written that waits for room on the disk. */
  saveEnd(runId: string, asked: SaveAsked): void {
    this.#steer(runId, (run) => run.saveEnd(asked));
  }

  /** True while a run works here, or its end waits to be saved: the connection must not be lost then. */
  get works(): boolean {
    return this.#runs.size > 0;
  }

  /** Answers with `predicted` or `failed`. */
  predict(command: Extract<TrainingCommand, { type: 'predict' }>): Promise<void> {
    const { requestId } = command;
    return this.#answer(requestId, async (signal) => {
      const prediction = await this.#predictions.predict(command, signal);
      return { type: 'predicted', requestId, prediction };
    });
  }

  /** Answers with `nearest-found` or `failed`. */
  nearest(command: Extract<TrainingCommand, { type: 'nearest' }>): Promise<void> {
    const { requestId } = command;
    return this.#answer(requestId, async (signal) => {
      const nearest = await this.#nearest.nearest(command, signal);
      return { type: 'nearest-found', requestId, nearest };
    });
  }

  /** Answers with `names-measured` or `failed`. */
  measureNames(command: Extract<TrainingCommand, { type: 'measure-names' }>): Promise<void> {
    const { requestId } = command;
    return this.#answer(requestId, async (signal) => {
      const measured = await this.#alone(() => this.#names.measure(command, signal));
      return { type: 'names-measured', requestId, measured };
    });
  }

  /** Answers with `predicted` or `failed`. */
  answerNames(command: Extract<TrainingCommand, { type: 'answer-names' }>): Promise<void> {
    const { requestId } = command;
    return this.#answer(requestId, async (signal) => {
      const prediction = await this.#names.answer(command, signal);
      return { type: 'predicted', requestId, prediction };
    });
  }

  /** Answers with `chat-answered` or `failed`; a stop ends it with what is written. */
  chat({ requestId, question, backend }: Extract<TrainingCommand, { type: 'chat' }>): Promise<void> {
    return this.#answer(requestId, async (signal) => {
      const answers = await this.#chat.answer(requestId, question, backend, signal);
      return { type: 'chat-answered', requestId, answers };
    });
  }

  /** Answers with `model-checked` or `failed`. */
  checkModel({ requestId, ...asked }: Extract<TrainingCommand, { type: 'check-model' }>): Promise<void> {
    return this.#answer(requestId, async (signal) => {
      return { type: 'model-checked', requestId, check: await checkModel(this.#ports, asked, signal) };
    });
  }

  /** Answers with `taken` or `failed`, `take-progress` before. */
  take(command: Extract<TrainingCommand, { type: 'take' }>): Promise<void> {
    const { requestId } = command;
    return this.#answer(requestId, async (signal) => {
      const file = await this.#take.take(command, signal);
      return { type: 'taken', requestId, file };
    });
  }

  /** Answers with `estimated` or `failed`. */
  estimate({ requestId, request }: Extract<TrainingCommand, { type: 'estimate' }>): Promise<void> {
    return this.#answer(requestId, async (signal) => {
      const measure = methodDefinition(request.method).task === 'generation' ? estimateWritingRun : estimateRun;
      const estimate = await this.#alone(() => measure(this.#ports, request, signal));
      return { type: 'estimated', requestId, estimate };
    });
  }

  /** Answers with `benched` or `failed`. */
  bench({ requestId, backend }: Extract<TrainingCommand, { type: 'bench' }>): Promise<void> {
    const tell = (doing: string, result: BenchResult | null): void =>
      this.#ports.post({ type: 'bench-progress', requestId, doing, result });
    return this.#answer(requestId, async (signal) => {
      const result = await this.#alone(() => runBench(this.#ports, backend, signal, tell));
      return { type: 'benched', requestId, result };
    });
  }

  #answer(requestId: string, work: (signal: AbortSignal) => Promise<TrainingEvent>): Promise<void> {
    const abort = new AbortController();
    this.#asked.set(requestId, abort);
    this.#lastAnswer = this.#lastAnswer.then(async () => {
      try {
        if (abort.signal.aborted) throw new AppError('cancelled', 'Stopped.');
        this.#ports.post(await work(abort.signal));
      } catch (error) {
        this.#ports.post({ type: 'failed', requestId, error: toErrorData(error) });
      }
      this.#asked.delete(requestId);
    });
    return this.#lastAnswer;
  }

  /** Measuring beside a run would disturb both. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = await this.#ports.tryLock(async () => ({ value: await work() }));
    if (done) return done.value;
    throw new AppError('busy', 'A run is working. Wait for its end or stop it: measuring would disturb both.');
  }

  cancelRequest(requestId: string): void {
    this.#asked.get(requestId)?.abort();
  }

  async #record(request: RunRequest): Promise<Run> {
    const now = this.#ports.now();
    const dataset = await getDataset(this.#ports.database, request.datasetId);
    const { runId, name, datasetId, datasetVersion, method } = request;
    const [modelId = request.modelId] = encodersOfRequest(request);
    return {
      id: runId,
      name,
      createdAt: now,
      updatedAt: now,
      datasetId,
      datasetName: dataset?.name ?? '',
      datasetVersion,
      modelId,
      method,
      request,
      build: this.#ports.build,
      settings: null,
      state: 'validating',
      device: null,
      progress: null,
      folds: [],
      log: [],
      error: null,
      summary: null,
      hasWeights: false,
    };
  }
}
