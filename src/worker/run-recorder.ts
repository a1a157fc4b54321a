/**
 * What a run tells while it works, to the page in batches and to storage at once: a closed tab loses no finished
 * fold. Writes stand in a queue; the run waits for it between steps (`written`), since IndexedDB answers in several tasks
 * and a worker that is busy with steps would leave them waiting for minutes. A write that fails is said in the log, and
 * the run goes on with what it has in memory.
 */
import { AppError, toErrorData } from '../core/errors';
import { formatPercent } from '../core/formats/numbers';
import { type LabelledRows, scoresOf } from '../core/formats/reading';
import type { BaselineId, ExperimentObserver, FoldOutcome } from '../core/plan/experiment';
import type { CurvePoint, FoldResult, JobState, LogEntry, Run, RunProgress } from '../core/plan/run';
import type { ReportContext } from '../core/formats/build-report';
import { appendCurve, saveOutcome, updateRun } from '../storage/runs';
import type { HoneDatabase, StoredOutcome } from '../storage/schema';
import type { EventBatch } from './event-batch';

/** Curve points that may wait for the next fold before they are written. */
const CURVE_CHUNK = 2_000;

export class RunRecorder implements ExperimentObserver {
  readonly #database: HoneDatabase;
  readonly #runId: string;
  readonly #batch: EventBatch;
  readonly #now: () => number;
  #rows: LabelledRows | null = null;
  #queue: Promise<void> = Promise.resolve();
  #chunks = 0;
  #unsaved: CurvePoint[] = [];
  /** The whole curve, for the report. */
  readonly points: CurvePoint[] = [];
  readonly folds: FoldResult[] = [];
  readonly log: LogEntry[] = [];
  progress: RunProgress;

  constructor(database: HoneDatabase, runId: string, batch: EventBatch, now: () => number, progress: RunProgress) {
    this.#database = database;
    this.#runId = runId;
    this.#batch = batch;
    this.#now = now;
    this.progress = progress;
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

  onPoint(point: CurvePoint): void {
    this.points.push(point);
    this.#unsaved.push(point);
    this.#batch.addPoint(point);
    if (this.#unsaved.length >= CURVE_CHUNK) this.#saveCurve();
  }

  onFold(outcome: FoldOutcome): void {
    if (!this.#rows) throw new AppError('internal', 'A fold ended before its rows were known.');
    const { accuracy, macro_f1 } = scoresOf(this.#rows, outcome);
    const { fold, steps, epochs, bestEpoch, seconds } = outcome;
    const result: FoldResult = { fold, accuracy, macroF1: macro_f1, steps, epochs, bestEpoch, seconds };
    this.folds.push(result);
    this.onLog(`Fold ${fold + 1} done: ${formatPercent(accuracy)} right.`);
    this.#saveOutcome('tuned', outcome);
    this.#saveCurve();
    this.#batch.add({ type: 'fold', fold: result });
  }

  onBaseline(id: BaselineId, outcome: FoldOutcome): void {
    this.#saveOutcome(id, outcome);
  }

  onLog(message: string): void {
    const entry = { at: this.#now(), message };
    this.log.push(entry);
    this.#batch.add({ type: 'log', entry });
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

  #saveOutcome(part: StoredOutcome['part'], outcome: FoldOutcome): void {
    const change = { folds: [...this.folds], log: [...this.log], progress: this.progress, updatedAt: this.#now() };
    this.#save(() => saveOutcome(this.#database, this.#runId, part, outcome, change));
  }

  #saveCurve(): void {
    if (this.#unsaved.length === 0) return;
    const points = this.#unsaved;
    const chunk = this.#chunks++;
    this.#unsaved = [];
    this.#save(() => appendCurve(this.#database, this.#runId, chunk, points));
  }

  #save(write: () => Promise<unknown>): void {
    this.#queue = this.#queue.then(write).then(
      () => undefined,
      (error: unknown) => this.onLog(toErrorData(error).message),
    );
  }
}
