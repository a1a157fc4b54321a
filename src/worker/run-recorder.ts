/**
 * What a run tells while it works, to the page in batches and to storage at once: a closed tab loses no finished
 * fold. Writes stand in a queue; the run waits for it between steps (`written`), since IndexedDB answers in several tasks
 * and a worker that is busy with steps would leave them waiting for minutes. A write that fails is said in the log, and
 * the run goes on with what it has in memory: it is tried again before the next, so that what there was no room for is
 * kept once there is.
 */
import { AppError, toErrorData } from '../core/errors';
import type { RunContext } from '../core/report/run-context';
import { formatPercent } from '../core/words/numbers';
import { type LabelledRows, scoresOf } from '../core/report/figures';
import type { FinalPiece, FitState, FoldPiece } from '../core/run/checkpoint';
import { estimateWords, type PlanEstimate } from '../core/run/estimate';
import type { ExperimentObserver } from '../core/run/experiment';
import type { Probes } from '../core/run/probes';
import type { TrainedModel } from '../core/run/trained-model';
import type { CurvePoint, FoldResult, JobState, LogEntry, Run, RunProgress, RunSearch } from '../core/run/record';
import { saveCheckpoint } from '../storage/checkpoints';
import { appendCurve, type CurveAddition, saveFinal, saveFold, updateRun } from '../storage/runs';
import type { EventBatch } from './event-batch';
import type { JobPorts } from './job-ports';

/** Curve points that may wait for the next fold before they are written. */
const CURVE_CHUNK = 2_000;

const FULL =
  'The disk is full: what is finished from here on waits in memory, and is saved once there is room. What was saved ' +
  'before is still there.';

/** What was told before, of a run that goes on; its curve is in storage as chunk 0. */
export type Told = Pick<RunRecorder, 'points' | 'folds' | 'log' | 'progress'>;

type Write = () => Promise<unknown>;

/** What is written of a fold. */
export interface FoldWrite<M> {
  fold: number;
  own: boolean;
  model: M | null;
  write(change: Partial<Run>, more: { model: M | null; curve: CurveAddition | null }): Promise<void>;
}

export class RunRecorder implements ExperimentObserver {
  readonly #ports: Pick<JobPorts, 'database'>;
  readonly #runId: string;
  readonly #batch: EventBatch;
  readonly #now: () => number;
  #rows: LabelledRows | null = null;
  #queue: Promise<void> = Promise.resolve();
  /** What failed and is to be written yet. */
  #owed: Write[] = [];
  /** What was said of writes that failed: once, not at every try. */
  readonly #said = new Set<string>();
  /** What was changed of the record besides what is told below. */
  #changed: Partial<Run> = {};
  /** Folds that are on the disk: the record must not name others. */
  readonly #keptFolds: Set<number>;
  #chunks = 1;
  #unsaved: CurvePoint[] = [];
  /** The whole curve, for the report. */
  readonly points: CurvePoint[];
  folds: FoldResult[];
  readonly log: LogEntry[];
  progress: RunProgress;

  /** `now` in milliseconds since 1970. */
  constructor(ports: Pick<JobPorts, 'database'>, runId: string, batch: EventBatch, now: () => number, told: Told) {
    this.#ports = ports;
    this.#runId = runId;
    this.#batch = batch;
    this.#now = now;
    this.points = [...told.points];
    this.folds = [...told.folds];
    this.#keptFolds = new Set(told.folds.map(({ fold }) => fold));
    this.log = [...told.log];
    this.progress = told.progress;
  }

  /** The rows that folds are scored on; before the first fold. */
  scoreOn(rows: LabelledRows): void {
    this.#rows = rows;
  }

  /** Changes the record, in storage and, for a state, on the page. */
  change(change: Partial<Run>, context: RunContext | null = null): void {
    const { state } = change;
    this.#changed = { ...this.#changed, ...change };
    // With all that earlier writes may have failed to bring.
    this.#save(() => updateRun(this.#ports.database, this.#runId, this.record(), context), true);
    if (state) this.state(state);
  }

  /** Tells the page of a state at once. */
  state(state: JobState): void {
    this.#batch.add({ type: 'state', state, error: null });
    this.#batch.flush();
  }

  onProgress(progress: Partial<RunProgress>): void {
    this.progress = { ...this.progress, ...progress };
    this.#batch.add({ type: 'progress', progress: this.progress });
  }

  onEstimate(estimate: PlanEstimate): void {
    this.#batch.add({ type: 'estimate', estimate });
    this.change({ estimate });
    this.onLog(`${estimateWords(estimate)}.`);
  }

  onFeatures(featuresSeconds: number): void {
    this.change({ featuresSeconds });
  }

  onPoint(point: CurvePoint): void {
    this.points.push(point);
    this.#unsaved.push(point);
    this.#batch.addPoint(point);
    if (this.#unsaved.length % CURVE_CHUNK === 0) this.#saveCurve();
  }

  onFold(piece: FoldPiece, model: TrainedModel): void {
    if (!this.#rows) throw new AppError('internal', 'A fold ended before its rows were known.');
    const { outcome } = piece;
    const metrics = scoresOf(this.#rows, outcome);
    const { fold, steps, epochs, bestEpoch, seconds } = outcome;
    const result: FoldResult = { fold, metrics, steps, epochs, bestEpoch, seconds };
    const entry = this.foldDone(result, `Fold ${fold + 1} done: ${formatPercent(metrics.accuracy)} right.`);
    // Told when it is on the disk (or said not to be): what was shown as done is not lost any more.
    this.#saveFold(piece, model, () => this.tellFold(result, entry));
  }

  onBaseline(piece: FoldPiece): void {
    this.#saveFold(piece, null, () => undefined);
  }

  onBaselineFinal(piece: FinalPiece): void {
    this.#save(() => saveFinal(this.#ports.database, this.#runId, piece), true);
  }

  onLog(message: string): void {
    const entry = { at: this.#now(), message };
    this.log.push(entry);
    this.#batch.add({ type: 'log', entry });
  }

  /** Keeps the state of a fit with all that was told so far; resolves when it is on the disk, rejects when it is not. */
  async keep(state: FitState, build: string): Promise<void> {
    const facts = { runId: this.#runId, build };
    const write = (curve: CurveAddition | null): Promise<void> =>
      saveCheckpoint(this.#ports.database, facts, state, this.record(), curve);
    const written = this.#queue.then(() => this.#payOwed()).then(() => this.withCurve(write));
    this.#queue = written.catch(() => undefined);
    await written;
    this.#batch.add({ type: 'kept', fold: state.fold, step: state.step });
  }

  /** Writes the points that are not yet; those of a write that failed go with the next. */
  async withCurve(write: (curve: CurveAddition | null) => Promise<unknown>): Promise<void> {
    const points = this.#unsaved;
    if (points.length === 0) {
      await write(null);
      return;
    }
    this.#unsaved = [];
    try {
      await write({ chunk: this.#chunks++, points });
    } catch (error) {
      this.#unsaved = [...points, ...this.#unsaved];
      throw error;
    }
  }

  /** Resolves when the writes begun so far are done; at once where there are none. */
  written(): Promise<void> {
    return this.#queue;
  }

  /** Resolves when all that was told so far is written, or was said not to be. */
  async settled(): Promise<void> {
    this.#saveCurve();
    this.#save(() => Promise.resolve());
    await this.#queue;
  }

  #saveFold(piece: FoldPiece, model: TrainedModel | null, tell: () => void): void {
    const { id, outcome } = piece;
    const write = (change: Partial<Run>, more: { model: TrainedModel | null; curve: CurveAddition | null }) =>
      saveFold(this.#ports.database, this.#runId, piece, change, more);
    this.keepFold({ fold: outcome.fold, own: id === 'tuned', model, write }, tell);
  }

  /**
   * Has what a fold came to written, with the record and the curve where it is one of the method's `own`, and without its
   * model where there is no room for that; then tells of it.
   */
  keepFold<M>({ fold, own, model, write }: FoldWrite<M>, tell: () => void): void {
    const keep = async (kept: M | null): Promise<void> => {
      const change = this.record(own ? fold : null);
      if (own) await this.withCurve((curve) => write(change, { model: kept, curve }));
      else await write(change, { model: kept, curve: null });
      if (own) this.#keptFolds.add(fold);
    };
    this.#save(async () => {
      try {
        await keep(model);
      } catch (error) {
        if (model === null || !(error instanceof AppError && error.code === 'storage-full')) throw error;
        // Its answers are small and are what the report is made of.
        await keep(null);
        this.onLog(`The disk is full: fold ${fold + 1} is kept, its model is not.`);
      }
    }, true);
    this.#save(() => Promise.resolve(tell()));
  }

  /** Has something written in its turn; where that fails it is tried again before the next. */
  later(write: Write): void {
    this.#save(write, true);
  }

  /** Adds a fold's figures to the record; one that could not be kept and was trained again is the same fold. */
  foldDone(result: FoldResult, message: string): LogEntry {
    const entry = { at: this.#now(), message };
    this.folds = [...this.folds.filter(({ fold }) => fold !== result.fold), result];
    this.log.push(entry);
    return entry;
  }

  /** Tells the page of a fold that is on the disk. */
  tellFold(fold: FoldResult, entry: LogEntry): void {
    this.#batch.add({ type: 'log', entry }, { type: 'fold', fold });
  }

  /** Tells what was answered to the fixed prompts so far, and has it kept with the record. */
  tellProbes(probes: Probes): void {
    this.#changed = { ...this.#changed, probes };
    this.#batch.add({ type: 'probes', probes });
  }

  /** Tells where a search is, and has it kept with what is written next. */
  tellSearch(search: RunSearch): void {
    this.#changed = { ...this.#changed, search };
    this.#batch.add({ type: 'search', search });
  }

  /** What the record in storage is to hold now; `more`: a fold that is written with it. */
  record(more: number | null = null): Partial<Run> {
    const folds = this.folds.filter(({ fold }) => this.#keptFolds.has(fold) || fold === more);
    return { ...this.#changed, folds, log: [...this.log], progress: this.progress, updatedAt: this.#now() };
  }

  #saveCurve(): void {
    const write = async (curve: CurveAddition | null): Promise<void> => {
      if (curve !== null) await appendCurve(this.#ports.database, this.#runId, curve);
    };
    this.#save(() => this.withCurve(write));
  }

  /** `owed`: what is tried again before the next write if it fails; the rest goes with the next of its kind. */
  #save(write: Write, owed = false): void {
    this.#queue = this.#queue.then(() => this.#payOwed()).then(() => this.#try(write, owed));
  }

  async #payOwed(): Promise<void> {
    const owed = this.#owed;
    if (owed.length === 0) return;
    this.#owed = [];
    for (const write of owed) await this.#try(write, true);
    if (this.#owed.length > 0) return;
    this.onLog('What could not be saved before is saved now.');
    this.#said.clear();
  }

  async #try(write: Write, owed: boolean): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (owed) this.#owed.push(write);
      const { code, message: own } = toErrorData(error);
      const message = code === 'storage-full' ? FULL : own;
      if (!this.#said.has(message)) this.onLog(message);
      this.#said.add(message);
    }
  }
}
