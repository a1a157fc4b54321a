/** The runs of this browser: what was trained, what works now, what was cut short. */
import { SvelteMap } from 'svelte/reactivity';
import { AppError, fromErrorData, toErrorData } from '../core/errors';
import { type CurvePoint, isAtWork, type Run } from '../core/run/record';
import type { Report } from '../core/report/report';
import type { Changes } from '../storage/changes';
import { deleteRun, getCurve, getReport, getRun, listRuns, updateRun } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';
import { tryRunLock } from '../worker/run-lock';
import type { Removals } from './removals.svelte';

export class Runs {
  readonly #database: Promise<HoneDatabase>;
  readonly #changes: Pick<Changes, 'announce'>;
  readonly #removals: Removals;
  #all: Run[] = $state.raw([]);
  /** What is shown of runs instead of what storage has, by id; see `show`. */
  readonly #shown = new SvelteMap<string, Partial<Run>>();
  /** Reports that are not in storage yet, by the id of their run. */
  readonly #waiting = new SvelteMap<string, Report>();
  /** How often the report of a run was changed since this page began, by its id. */
  readonly #revisions = new SvelteMap<string, number>();
  #loaded = $state(false);
  #error: AppError | null = $state.raw(null);
  readonly #list = $derived(this.#all.filter(({ id }) => !this.#removals.isHidden(id)));

  constructor(database: Promise<HoneDatabase>, changes: Pick<Changes, 'announce'>, removals: Removals) {
    this.#database = database;
    this.#changes = changes;
    this.#removals = removals;
    void this.refresh();
  }

  /** Newest first. */
  get list(): Run[] {
    return this.#list;
  }

  /** False until the database answered. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get error(): AppError | null {
    return this.#error;
  }

  byId(id: string): Run | null {
    return this.#list.find((run) => run.id === id) ?? null;
  }

  /** The kept curve of a run, in order. */
  async curve(id: string): Promise<CurvePoint[]> {
    return getCurve(await this.#database, id);
  }

  /** The report of a run: the one that waits to be saved, else the kept one; null where there is none. */
  async report(id: string): Promise<Report | null> {
    return this.#waiting.get(id) ?? getReport(await this.#database, id);
  }

  /** Goes up whenever the kept report of a run is another one: it is to be read again. */
  revision(id: string): number {
    return this.#revisions.get(id) ?? 0;
  }

  /** Tells that the kept report of a run is another one. */
  reportChanged(id: string): void {
    this.#revisions.set(id, this.revision(id) + 1);
  }

  async rename(id: string, name: string): Promise<void> {
    this.put(await updateRun(await this.#database, id, { name }));
    this.#changes.announce('runs');
  }

  /** Hides a run at once; it is deleted when Undo is no longer offered. A run that works must be stopped first. */
  remove(id: string): void {
    const run = this.#all.find((run) => run.id === id);
    if (!run) throw new AppError('not-found', 'This run is not in this browser any more.');
    if (isAtWork(run.state)) throw new AppError('busy', 'This run is still working. Stop it, then delete it.');
    this.#removals.remove(id, `Deleted «${run.name}».`, async () => {
      await this.#delete(id);
      this.#all = this.#all.filter((run) => run.id !== id);
      this.#changes.announce('runs');
    });
  }

  /** Reads one run from storage again. */
  async reload(id: string): Promise<void> {
    const run = await getRun(await this.#database, id);
    this.#shown.delete(id);
    this.#waiting.delete(id);
    if (run) this.put(run);
  }

  /** As `reload`, of a run that this tab changed: the others read it too. */
  async changed(id: string): Promise<void> {
    await this.reload(id);
    this.#changes.announce('runs');
  }

  /**
   * Changes the record shown, not the one kept: the live state between two saves, or one that could not be written. It
   * stands until the record is read by `reload`.
   */
  show(id: string, change: Partial<Run>): void {
    this.#shown.set(id, { ...this.#shown.get(id), ...change });
    this.#all = this.#all.map((run) => this.#asShown(run));
  }

  /** Has `report` shown of a run before it is in storage; until the record is read by `reload`, as with `show`. */
  showReport(id: string, report: Report | null): void {
    if (report === null) this.#waiting.delete(id);
    else this.#waiting.set(id, report);
  }

  /** Reads the list from storage again; reports stay where they are. */
  async refresh(): Promise<void> {
    try {
      this.#all = (await listRuns(await this.#database)).map((run) => this.#asShown(run));
      this.#error = null;
    } catch (error) {
      this.#error = fromErrorData(toErrorData(error));
    }
    this.#loaded = true;
  }

  async #delete(id: string): Promise<void> {
    const database = await this.#database;
    if (this.#shown.get(id)?.state !== 'interrupted') return deleteRun(database, id);
    // Its record may say «at work», where there was no room to write more; the lock knows.
    const done = await tryRunLock(() => deleteRun(database, id, true).then(() => true));
    if (done === null) throw new AppError('busy', 'This run is working again, or another is. Wait for its end.');
  }

  #asShown(run: Run): Run {
    const shown = this.#shown.get(run.id);
    return shown ? { ...run, ...shown } : run;
  }

  /** Takes in a record that was just saved, or opened again while its removal still waited. */
  put(run: Run): void {
    this.#removals.keep(run.id);
    const others = this.#all.filter(({ id }) => id !== run.id);
    this.#all = [...others, this.#asShown(run)].sort((a, b) => b.createdAt - a.createdAt);
  }
}
