/**
 * The live run. Curve points stand in a plain array beside one counter: a reactive array would cost a thousand
 * times more at ten thousand points.
 *
 * Over 300 lines, a debt: a third are getters, which one view of the run would replace.
 */
import { AppError, type ErrorData, fromErrorData, toErrorData } from '../core/errors';
import type { PlanEstimate } from '../core/run/estimate';
import {
  type CurvePoint,
  type DeviceDescription,
  type FoldResult,
  isAtWork,
  type JobState,
  type LogEntry,
  type RunProgress,
  type RunRequest,
  type RunSearch,
} from '../core/run/record';
import type { UnsavedEnd } from '../core/run/unsaved';
import type { Probes } from '../core/run/probes';
import type { RunListener, TrainingClient } from '../worker/client';
import type { DataClient } from '../worker/data-client';
import type { RunEvent } from '../worker/protocol';
import type { Runs } from './runs.svelte';
import { demandSecureContext } from './secure-context';
import { showTitle } from './title';
import type { Toasts } from './toasts.svelte';

/** What ends or settles runs without a worker of their own. */
type Settler = Pick<DataClient, 'recover' | 'finishRun'>;

/** The last checkpoint on the disk. */
export interface KeptStep {
  fold: number;
  step: number;
}

export class Training {
  readonly #client: TrainingClient;
  readonly #dataClient: Settler;
  readonly #runs: Runs;
  readonly #toasts: Toasts;
  #runId: string | null = $state(null);
  #state: JobState | null = $state(null);
  #progress: RunProgress | null = $state.raw(null);
  #estimate: PlanEstimate | null = $state.raw(null);
  #device: DeviceDescription | null = $state.raw(null);
  #folds: FoldResult[] = $state.raw([]);
  #log: LogEntry[] = $state.raw([]);
  #probes: Probes | null = $state.raw(null);
  #search: RunSearch | null = $state.raw(null);
  #error: AppError | null = $state.raw(null);
  #resumed: string | null = $state(null);
  #kept: KeptStep | null = $state.raw(null);
  #unsaved: UnsavedEnd | null = $state.raw(null);
  #saving = $state(false);
  #stopping = $state(false);
  #points: CurvePoint[] = [];
  #pointsVersion = $state(0);
  readonly #busy = $derived((this.#state !== null && isAtWork(this.#state)) || this.#unsaved !== null);
  readonly #onOver: () => void;

  /** `onOver` hears when a run is over, or broken off, and its record is read again. */
  constructor(
    client: TrainingClient,
    dataClient: Settler,
    runs: Runs,
    toasts: Toasts,
    onOver: () => void = () => undefined,
  ) {
    this.#onOver = onOver;
    this.#client = client;
    this.#dataClient = dataClient;
    this.#runs = runs;
    this.#toasts = toasts;
  }

  /**
   * The run of this visit, also after its end; null before the first, and for one that was broken off, which any tab may
   * go on with: its record tells more than what this one saw.
   */
  get runId(): string | null {
    return this.#runId;
  }

  get state(): JobState | null {
    return this.#state;
  }

  get progress(): RunProgress | null {
    return this.#progress;
  }

  /** What was measured before the run began; null before that, and where a run was gone on with. */
  get estimate(): PlanEstimate | null {
    return this.#estimate;
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

  /** What was answered to fixed prompts after each pass; null before the first, and where a run asks none. */
  get probes(): Probes | null {
    return this.#probes;
  }

  /** Where a search is; null before its first move, and where one method is tried. */
  get search(): RunSearch | null {
    return this.#search;
  }

  get error(): AppError | null {
    return this.#error;
  }

  /** Why and from where the run was gone on with last, in words; null where it was not. */
  get resumed(): string | null {
    return this.#resumed;
  }

  get kept(): KeptStep | null {
    return this.#kept;
  }

  /** The end of the run, which could not be saved and waits in its worker; null where none does. */
  get unsaved(): UnsavedEnd | null {
    return this.#unsaved;
  }

  /** True while it is tried again. */
  get saving(): boolean {
    return this.#saving;
  }

  /** True from when a person had enough until the run says what comes of it: a second wish would be of what comes next. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Not reactive: read `pointsVersion` in an effect, then this. */
  get points(): readonly CurvePoint[] {
    return this.#points;
  }

  /** Goes up at most ten times a second, when `points` has grown. */
  get pointsVersion(): number {
    return this.#pointsVersion;
  }

  /** True from the start of a run until its end is in storage. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Starts a run and resolves with its id once its record is kept; rejects when it was refused. */
  async start(request: Omit<RunRequest, 'runId'>): Promise<string> {
    demandSecureContext();
    const runId = crypto.randomUUID();
    // A form's state is made of proxies, which no message can carry.
    const plain: RunRequest = { ...$state.snapshot(request), runId };
    await this.#begin(runId, (run) => this.#client.start(plain, run));
    return runId;
  }

  /** Goes on with a run that was broken off; rejects when that cannot be, with the run as it was. */
  async goOn(runId: string): Promise<void> {
    demandSecureContext();
    const record = this.#runs.byId(runId);
    if (!record) throw new AppError('not-found', 'This run is not in this browser any more.');
    await this.#begin(runId, (run) => this.#client.resumeRun(record.request, run));
  }

  /** Ends a run that was broken off with what it had finished. */
  async finish(runId: string): Promise<void> {
    await this.#dataClient.finishRun(runId);
    if (this.#state === 'interrupted') this.#enter(null);
    await this.#runs.changed(runId);
  }

  async #begin(runId: string, begin: (run: RunListener) => Promise<void>): Promise<void> {
    const before = this.#state;
    this.#enter('validating');
    try {
      this.#reset(runId);
      await begin({
        onEvents: (events) => this.#receive(events),
        onLost: (state, error) => void this.#lose(runId, state, error),
      });
    } catch (error) {
      this.#enter(before);
      this.#runId = null;
      throw error;
    }
    await this.#reload(runId);
  }

  /** The page is hidden and may not come back: what the run has is kept. */
  keep(): void {
    if (this.#runId !== null && this.#busy) this.#client.checkpoint(this.#runId);
  }

  pause(): void {
    if (this.#runId !== null && this.#busy) this.#client.pause(this.#runId);
  }

  resume(): void {
    if (this.#runId !== null && this.#busy) this.#client.resume(this.#runId);
  }

  /** Finishes early and keeps the best so far. */
  stop(): void {
    if (this.#runId === null || !this.#busy || this.#stopping) return;
    this.#stopping = true;
    this.#client.stop(this.#runId);
  }

  cancel(): void {
    if (this.#runId !== null && this.#busy) this.#client.cancel(this.#runId);
  }

  /** Tries again to save an end that there was no room for; without the model where that is too much. */
  saveEnd(withModel: boolean): void {
    if (this.#runId === null || this.#unsaved === null || this.#saving) return;
    this.#saving = true;
    this.#client.saveEnd(this.#runId, withModel);
  }

  /** Lets it go: the run is then what was kept of it before, broken off. */
  letEndGo(): void {
    if (this.#runId === null || this.#unsaved === null) return;
    const message = 'Its end was not saved, and was let go. What was kept before is still there.';
    this.#client.letEndGo(this.#runId, toErrorData(new AppError('storage-failed', message)));
  }

  /** The question before leaving stands only while a run works: a page with it cannot be kept for the back button. */
  #enter(state: JobState | null, unsaved: UnsavedEnd | null = null): void {
    this.#state = state;
    this.#unsaved = unsaved;
    this.#saving = false;
    if (!this.#busy) this.#stopping = false;
    if (this.#busy) addEventListener('beforeunload', askBeforeLeaving);
    else removeEventListener('beforeunload', askBeforeLeaving);
  }

  /** A record that cannot be read now is said; the run itself goes on. */
  async #reload(runId: string): Promise<void> {
    try {
      await this.#runs.reload(runId);
      this.#letGo(runId);
    } catch (error) {
      this.#toasts.show(toErrorData(error).message);
    }
    if (!this.#busy) this.#onOver();
  }

  /** Once the record of a broken-off run is read, it is the one that is shown. */
  #letGo(runId: string): void {
    if (this.#runId === runId && this.#state === 'interrupted') this.#runId = null;
  }

  #reset(runId: string): void {
    this.#runId = runId;
    this.#progress = null;
    this.#estimate = null;
    this.#device = null;
    this.#folds = [];
    this.#log = [];
    this.#probes = null;
    this.#search = null;
    this.#error = null;
    this.#resumed = null;
    this.#kept = null;
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
        case 'resumed':
          this.#resumed = event.message;
          this.#points = [...event.points];
          this.#folds = event.folds;
          this.#log = event.log;
          grown = true;
          break;
        case 'unsaved':
          this.#enter('interrupted', event.end);
          // It can be read, and taken away as a file, before it is saved.
          this.#runs.showReport(runId, event.report);
          this.#runs.show(runId, { summary: event.end.summary });
          break;
        case 'kept':
          // Of folds side by side, the first that is not done is shown, as in progress.
          if (this.#kept && this.#kept.fold < event.fold && !this.#folds.some(({ fold }) => fold === this.#kept?.fold))
            break;
          this.#kept = { fold: event.fold, step: event.step };
          break;
        case 'device':
          this.#device = event.device;
          break;
        case 'estimate':
          this.#estimate = event.estimate;
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
        case 'probes':
          this.#probes = event.probes;
          break;
        case 'search':
          this.#search = event.search;
          // The rungs are behind it: what follows is its final fit.
          if (event.search.now === null) this.#stopping = false;
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

  /** The worker is gone: the reason is said, and the record is settled in storage with what was finished. */
  async #lose(runId: string, state: 'cancelled' | 'interrupted', error: ErrorData): Promise<void> {
    this.#enter(state);
    this.#error = fromErrorData(error);
    this.#runs.show(runId, { state, error, summary: null });
    showTitle(null);
    try {
      const { fault } = await this.#dataClient.recover({ runId, state, error });
      if (fault) throw fromErrorData(fault);
      await this.#runs.changed(runId);
      this.#letGo(runId);
    } catch (fault) {
      this.#toasts.show(toErrorData(fault).message);
    }
    this.#onOver();
  }
}

function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
