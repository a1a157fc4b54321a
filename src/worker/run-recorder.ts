/**
 * What a run tells while it works, to the page in batches and to storage at once: a closed tab loses no finished
 * fold. Writes stand in a queue; the run waits for it between steps (`written`), since IndexedDB answers in several tasks
 * and a worker that is busy with steps would leave them waiting for minutes. A write that fails is said in the log, and
 * the run goes on with what it has in memory.
 */
import { AppError, toErrorData } from '../core/errors';
import type { ReportContext } from '../core/formats/build-report';
import { formatPercent } from '../core/formats/numbers';
import { type LabelledRows, scoresOf } from '../core/formats/reading';
import type { FinalPiece, FitState, FoldPiece } from '../core/plan/checkpoint';
import { estimateWords, type PlanEstimate } from '../core/plan/estimate';
import type { ExperimentObserver, TrainedModel } from '../core/plan/experiment';
import type { CurvePoint, FoldResult, JobState, LogEntry, Run, RunProgress } from '../core/plan/run';
import { saveCheckpoint } from '../storage/checkpoints';
import { appendCurve, type CurveAddition, saveFinal, saveFold, updateRun } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';
import type { EventBatch } from './event-batch';

/** Curve points that may wait for the next fold before they are written. */
const CURVE_CHUNK = 2_000;

/** What was told before, of a run that goes on; its curve is in storage as chunk 0. */
export type Told = Pick<RunRecorder, 'points' | 'folds' | 'log' | 'progress'>;

export class RunRecorder implements ExperimentObserver {
  readonly #database: HoneDatabase;
  readonly #runId: string;
  readonly #batch: EventBatch;
  readonly #now: () => number;
  #rows: LabelledRows | null = null;
  #queue: Promise<void> = Promise.resolve();
  #chunks = 1;
  #unsaved: CurvePoint[] = [];
  /** The whole curve, for the report. */
  readonly points: CurvePoint[];
  folds: FoldResult[];
  readonly log: LogEntry[];
  progress: RunProgress;

  /** `now` in milliseconds since 1970. */
  constructor(database: HoneDatabase, runId: string, batch: EventBatch, now: () => number, told: Told) {
    this.#database = database;
    this.#runId = runId;
    this.#batch = batch;
    this.#now = now;
    this.points = [...told.points];
    this.folds = [...told.folds];
    this.log = [...told.log];
    this.progress = told.progress;
  }

  /** The rows that folds are scored on; before the first fold. */
  scoreOn(rows: LabelledRows): void {
    this.#rows = rows;
  }

  /** Changes the record, in storage and, for a state, on the page. */
  change(change: Partial<Run>, context: ReportContext | null = null): void {
    const { state } = change;
    this.#save(() => updateRun(this.#database, this.#runId, { ...change, updatedAt: this.#now() }, context));
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
    if (this.#unsaved.length >= CURVE_CHUNK) this.#saveCurve();
  }

  onFold(piece: FoldPiece, model: TrainedModel): void {
    if (!this.#rows) throw new AppError('internal', 'A fold ended before its rows were known.');
    const { outcome } = piece;
    const { accuracy, macro_f1 } = scoresOf(this.#rows, outcome);
    const { fold, steps, epochs, bestEpoch, seconds } = outcome;
    const result: FoldResult = { fold, accuracy, macroF1: macro_f1, steps, epochs, bestEpoch, seconds };
    const entry = { at: this.#now(), message: `Fold ${fold + 1} done: ${formatPercent(accuracy)} right.` };
    // One that could not be kept and was trained again is the same fold.
    this.folds = [...this.folds.filter((other) => other.fold !== fold), result];
    this.log.push(entry);
    // Told when it is on the disk (or said not to be): what was shown as done is not lost any more.
    this.#saveFold(piece, model, () => this.#batch.add({ type: 'log', entry }, { type: 'fold', fold: result }));
  }

  onBaseline(piece: FoldPiece): void {
    this.#saveFold(piece, null, () => undefined);
  }

  onBaselineFinal(piece: FinalPiece): void {
    this.#save(() => saveFinal(this.#database, this.#runId, piece));
  }

  onLog(message: string): void {
    const entry = { at: this.#now(), message };
    this.log.push(entry);
    this.#batch.add({ type: 'log', entry });
  }

  /** Keeps the state of a fit with all that was told so far; resolves when it is on the disk, rejects when it is not. */
  async keep(state: FitState, build: string): Promise<void> {
    const facts = { runId: this.#runId, build };
    const change = this.#record();
    const curve = this.#takeCurve();
    const written = this.#queue.then(() => saveCheckpoint(this.#database, facts, state, change, curve));
    this.#queue = written.catch(() => this.#giveBack(curve));
    await written;
    this.#batch.add({ type: 'kept', fold: state.fold, step: state.step });
  }

  /** Resolves when the writes begun so far are done; at once where there are none. */
  written(): Promise<void> {
    return this.#queue;
  }

  /** Resolves when all that was told so far is written, or was said not to be. */
  async settled(): Promise<void> {
    this.#saveCurve();
    await this.#queue;
  }

  #saveFold(piece: FoldPiece, model: TrainedModel | null, tell: () => void): void {
    const change = this.#record();
    const curve = piece.id === 'tuned' ? this.#takeCurve() : null;
    const write = async (kept: TrainedModel | null): Promise<void> =>
      saveFold(this.#database, this.#runId, piece, change, { model: kept, curve });
    this.#save(async () => {
      try {
        await write(model).catch(async (error: unknown) => {
          if (model === null || !(error instanceof AppError && error.code === 'storage-full')) throw error;
          // Its answers are small and are what the report is made of.
          await write(null);
          this.onLog(`The disk is full: fold ${piece.outcome.fold + 1} is kept, its model is not.`);
        });
      } catch (error) {
        this.#giveBack(curve);
        throw error;
      } finally {
        tell();
      }
    });
  }

  #record(): Partial<Run> {
    return { folds: [...this.folds], log: [...this.log], progress: this.progress, updatedAt: this.#now() };
  }

  #takeCurve(): CurveAddition | null {
    if (this.#unsaved.length === 0) return null;
    const points = this.#unsaved;
    this.#unsaved = [];
    return { chunk: this.#chunks++, points };
  }

  /** A curve that was not written goes with the next save. */
  #giveBack(curve: CurveAddition | null): void {
    if (curve !== null) this.#unsaved = [...curve.points, ...this.#unsaved];
  }

  #saveCurve(): void {
    const curve = this.#takeCurve();
    if (curve !== null) this.#save(() => appendCurve(this.#database, this.#runId, curve));
  }

  #save(write: () => Promise<unknown>): void {
    this.#queue = this.#queue.then(write).then(
      () => undefined,
      (error: unknown) => this.onLog(toErrorData(error).message),
    );
  }
}
