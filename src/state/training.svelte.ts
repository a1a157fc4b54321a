/**
 * The live run. Curve points stand in a plain array beside one counter: a reactive array would cost a thousand
 * times more at ten thousand points.
 */
import { type AppError, type ErrorData, fromErrorData, toErrorData } from '../core/errors';
import {
  type CurvePoint,
  type DeviceDescription,
  type FoldResult,
  isFinal,
  type JobState,
  type LogEntry,
  type RunProgress,
  type RunRequest,
} from '../core/plan/run';
import type { DataClient, TrainingClient } from '../worker/client';
import type { RunEvent } from '../worker/protocol';
import type { Runs } from './runs.svelte';
import { demandSecureContext } from './secure-context';
import { showTitle } from './title';
import type { Toasts } from './toasts.svelte';

export class Training {
  readonly #client: TrainingClient;
  readonly #dataClient: Pick<DataClient, 'recover'>;
  readonly #runs: Runs;
  readonly #toasts: Toasts;
  #runId: string | null = $state(null);
  #state: JobState | null = $state(null);
  #progress: RunProgress | null = $state.raw(null);
  #device: DeviceDescription | null = $state.raw(null);
  #folds: FoldResult[] = $state.raw([]);
  #log: LogEntry[] = $state.raw([]);
  #error: AppError | null = $state.raw(null);
  #points: CurvePoint[] = [];
  #pointsVersion = $state(0);
  readonly #busy = $derived(this.#state !== null && !isFinal(this.#state));

  constructor(client: TrainingClient, dataClient: Pick<DataClient, 'recover'>, runs: Runs, toasts: Toasts) {
    this.#client = client;
    this.#dataClient = dataClient;
    this.#runs = runs;
    this.#toasts = toasts;
  }

  /** The run of this visit, also after its end; null before the first. */
  get runId(): string | null {
    return this.#runId;
  }

  get state(): JobState | null {
    return this.#state;
  }

  get progress(): RunProgress | null {
    return this.#progress;
  }

  get device(): DeviceDescription | null {
    return this.#device;
  }

  get folds(): FoldResult[] {
    return this.#folds;
  }

  get log(): LogEntry[] {
    return this.#log;
  }

  get error(): AppError | null {
    return this.#error;
  }

  /** Not reactive: read `pointsVersion` in an effect, then this. */
  get points(): readonly CurvePoint[] {
    return this.#points;
  }

  /** Goes up at most ten times a second, when `points` has grown. */
  get pointsVersion(): number {
    return this.#pointsVersion;
  }

  /** True from the start of a run to its end. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Starts a run and resolves with its id once its record is kept; rejects when it was refused. */
  async start(request: Omit<RunRequest, 'runId'>): Promise<string> {
    demandSecureContext();
    const runId = crypto.randomUUID();
    const before = this.#state;
    this.#enter('validating');
    try {
      // A form's state is made of proxies, which no message can carry.
      const plain: RunRequest = { ...$state.snapshot(request), runId };
      this.#reset(runId);
      await this.#client.start(plain, {
        onEvents: (events) => this.#receive(events),
        onLost: (state, error) => void this.#lose(runId, state, error),
      });
    } catch (error) {
      this.#enter(before);
      this.#runId = null;
      throw error;
    }
    await this.#reload(runId);
    return runId;
  }

  pause(): void {
    if (this.#runId !== null && this.#busy) this.#client.pause(this.#runId);
  }

  resume(): void {
    if (this.#runId !== null && this.#busy) this.#client.resume(this.#runId);
  }

  /** Finishes early and keeps the best so far. */
  stop(): void {
    if (this.#runId !== null && this.#busy) this.#client.stop(this.#runId);
  }

  cancel(): void {
    if (this.#runId !== null && this.#busy) this.#client.cancel(this.#runId);
  }

  /** The question before leaving stands only while a run works: a page with it cannot be kept for the back button. */
  #enter(state: JobState | null): void {
    this.#state = state;
    if (this.#busy) addEventListener('beforeunload', askBeforeLeaving);
    else removeEventListener('beforeunload', askBeforeLeaving);
  }

  /** A record that cannot be read now is said; the run itself goes on. */
  async #reload(runId: string): Promise<void> {
    try {
      await this.#runs.reload(runId);
    } catch (error) {
      this.#toasts.show(toErrorData(error).message);
    }
  }

  #reset(runId: string): void {
    this.#runId = runId;
    this.#progress = null;
    this.#device = null;
    this.#folds = [];
    this.#log = [];
    this.#error = null;
    this.#points = [];
    this.#pointsVersion++;
  }

  #receive(events: RunEvent[]): void {
    const runId = this.#runId;
    if (runId === null) return;
    let grown = false;
    for (const event of events) {
      switch (event.type) {
        case 'state':
          this.#enter(event.state);
          this.#error = event.error && fromErrorData(event.error);
          this.#runs.show(runId, { state: event.state, error: event.error });
          break;
        case 'device':
          this.#device = event.device;
          break;
        case 'progress':
          this.#progress = event.progress;
          break;
        case 'points':
          for (const point of event.points) this.#points.push(point);
          grown = true;
          break;
        case 'fold':
          this.#folds = [...this.#folds.filter(({ fold }) => fold !== event.fold.fold), event.fold];
          break;
        case 'log':
          this.#log = [...this.#log, event.entry];
          break;
        case 'saved':
          void this.#reload(runId);
          break;
        default:
          event satisfies never;
      }
    }
    if (grown) this.#pointsVersion++;
    showTitle(this.#busy ? (this.#progress?.progress ?? 0) : null);
  }

  /** The worker is gone: the record is ended in storage with the folds that were finished, and the reason is said. */
  async #lose(runId: string, state: 'failed' | 'cancelled', error: ErrorData): Promise<void> {
    try {
      await this.#dataClient.recover({ runId, state, error });
      await this.#runs.reload(runId);
    } catch (fault) {
      this.#toasts.show(toErrorData(fault).message);
    }
    this.#enter(state);
    this.#error = fromErrorData(error);
    this.#runs.show(runId, { state, error });
    showTitle(null);
  }
}

function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
