/**
 * Folds side by side on the CPU: this thread fits one, each helper another, all from one list. A helper is given copies
 * of what a fold needs and runs the same code, so that the number of threads changes no bit.
 *
 * Promises: what helpers tell and keep is told and kept here, each fold's in its order; a pause begins when every fold
 * under way is kept and stands still; the fold of a helper that fails or hangs is gone on with here, from its last state or from
 * its start; `end` leaves no thread behind.
 *
 * Over 300 lines, since both sides of a fold that changes hands stand together.
 */
import { AppError } from '../../core/errors';
import type { FitState } from '../../core/run/checkpoint';
import { currentPath } from '../ops/path';
import { PREFIX_BYTES } from '../fit/budget';
import type { FitContext, FitTask, Lent } from '../fit/learner';
import type { Beside } from '../fit/pace';
import type { Encoder } from '../models/encoder';
import type { TaskContext } from '../tasks/classification/method';
import { classificationMethod } from '../tasks/classification/registry';
import { copyOf, withPatience } from '../threads/crew';
import type { FoldThread, FoldThreads, FromThread, Told } from './lane-messages';
import { Patience, silentFor } from '../threads/patience';
import type { FromReader } from '../threads/threads';

/** Helpers are asked for their states this often, for when one fails; more often where the run's checkpoints are. */
const KEEP_MS = 60_000;

/** A fold that is to be fitted, and the rows that it is to answer. */
export interface LaneTask {
  task: FitTask;
  held: Int32Array;
}

export interface LanesPlan<Shared, Done> {
  context: Pick<FitContext, 'observer' | 'progress' | 'checkpoints' | 'pace'>;
  model: Encoder;
  /** What every fold needs beside its rows. */
  shared: Shared;
  lent: Lent;
  onFold(fold: Done): void;
}

/** Folds that several threads take from. */
export interface FoldQueue {
  /** The next fold for this thread. */
  take(): LaneTask | null;
  /** The same, but null where no more are left than helpers take when they have done theirs. */
  takeSpare(): LaneTask | null;
  /** True while a helper has a fold, or something that was not taken from it. */
  readonly busy: boolean;
  /** Resolves when a helper tells something. */
  news(): Promise<void>;
  end(): void;
}

interface Helper<Shared> {
  thread: FoldThread<Shared>;
  /** The fold it has. */
  at: LaneTask | null;
  /** Points of that fold's curve that were told. */
  told: number;
  /** The last it kept of it. */
  state: FitState | null;
  held: boolean;
  /** When it was given its fold, or said something last. */
  sinceMs: number;
}

interface Arrival<Shared, Done> {
  helper: Helper<Shared>;
  message: FromThread<Done>;
}

type LaneShop = Pick<TaskContext, 'threads' | 'corpus' | 'settings' | 'model' | 'further' | 'prefixBytes'>;

/** How many folds are worth fitting at once, this thread's included; 1 = one after the other. */
export function laneCount(
  { threads, corpus, settings, model, further, prefixBytes = PREFIX_BYTES }: LaneShop,
  folds: number,
): number {
  if (!threads || currentPath().kind !== 'wasm') return 1;
  const bytes = classificationMethod(settings.method).copiedBytes({ corpus, settings, model, further });
  if (bytes === null) return 1;
  const lanes = Math.max(1, Math.min(threads.lanes, folds));
  if (bytes === 0) return lanes;
  // All copies together are kept to the bytes that one may have. So there is one lane where not even one copy is, and
  // only this thread reads what is not in memory.
  return Math.max(1, Math.min(lanes, Math.floor(prefixBytes / bytes)));
}

export class Lanes<Shared, Done> implements Beside, FoldQueue {
  readonly #plan: LanesPlan<Shared, Done>;
  readonly #tasks: LaneTask[];
  /** For this thread alone: its first fold, and those that helpers failed at. */
  readonly #own: LaneTask[];
  readonly #helpers = new Set<Helper<Shared>>();
  readonly #patience = new Patience();
  #inbox: Arrival<Shared, Done>[] = [];
  #holding = false;
  #askedMs = performance.now();
  #wake: () => void = () => undefined;

  private constructor(plan: LanesPlan<Shared, Done>, tasks: readonly LaneTask[]) {
    this.#plan = plan;
    [this.#own, this.#tasks] = [tasks.slice(0, 1), tasks.slice(1)];
  }

  /** Starts `count` − 1 helpers and gives each a fold. `take` gives this thread its own. */
  static async start<Shared, Done>(
    plan: LanesPlan<Shared, Done>,
    tasks: readonly LaneTask[],
    threads: FoldThreads<Shared, Done>,
    count: number,
  ): Promise<Lanes<Shared, Done>> {
    const alone = tasks.map(({ task, held }) => ({ task: { ...task, beside: true }, held }));
    const lanes = new Lanes(plan, alone);
    try {
      const started: Promise<void>[] = [];
      for (let i = 1; i < count; i++) started.push(lanes.#startHelper(threads));
      lanes.#deal();
      await withPatience(started);
    } catch (error) {
      lanes.end();
      throw error;
    }
    plan.context.pace.workBeside(lanes);
    return lanes;
  }

  /** The next fold for this thread. */
  take(): LaneTask | null {
    return this.#own.shift() ?? this.#tasks.shift() ?? null;
  }

  takeSpare(): LaneTask | null {
    return this.#own.shift() ?? (this.#tasks.length > this.#helpers.size ? this.take() : null);
  }

  /** True while a helper has a fold, or something that was not taken from it. */
  get busy(): boolean {
    return this.#inbox.length > 0 || [...this.#helpers].some(({ at }) => at !== null);
  }

  /** Resolves when a helper tells something; at once when something waits. One that says nothing for too long has failed. */
  async news(): Promise<void> {
    if (this.#inbox.length > 0) return;
    const word = new Promise<void>((resolve) => (this.#wake = resolve));
    const heard = this.#patience.wait((ms) => {
      for (const helper of this.#helpers) {
        if (helper.at !== null && !helper.held) this.#inbox.push({ helper, message: failure(silentFor(ms)) });
      }
      this.#wake();
    });
    await word;
    heard();
  }

  look(): void {
    const nowMs = performance.now();
    if (!this.#plan.context.checkpoints.due('step') && nowMs - this.#askedMs < KEEP_MS) return;
    this.#askedMs = nowMs;
    for (const { thread, at } of this.#helpers) if (at) thread.post({ type: 'keep' }, []);
  }

  async turn(holding: boolean): Promise<void> {
    await this.#takeAll();
    if (!holding) {
      this.#deal();
      return;
    }
    this.#holding = true;
    const working = [...this.#helpers].filter(({ at }) => at !== null);
    for (const { thread } of working) thread.post({ type: 'hold' }, []);
    while (working.some((helper) => this.#helpers.has(helper) && helper.at !== null && !helper.held)) {
      await this.news();
      await this.#takeAll();
    }
  }

  go(stopped: boolean): void {
    if (stopped) {
      this.#endHelpers();
      return;
    }
    if (!this.#holding) return;
    this.#holding = false;
    for (const helper of this.#helpers) {
      helper.held = false;
      helper.sinceMs = performance.now();
      helper.thread.post({ type: 'go' }, []);
    }
  }

  end(): void {
    this.#plan.context.pace.workBeside(null);
    this.#endHelpers();
  }

  #endHelpers(): void {
    for (const { thread } of this.#helpers) thread.end();
    this.#helpers.clear();
    this.#inbox = [];
  }

  #startHelper(threads: FoldThreads<Shared, Done>): Promise<void> {
    const path = currentPath();
    if (path.kind !== 'wasm') throw new AppError('internal', 'Folds run side by side on the CPU only.');
    const { model, shared, lent } = this.#plan;
    let settle = (): void => undefined;
    const started = new Promise<void>((resolve) => (settle = resolve));
    const take = (message: FromThread<Done>): void => {
      if (!this.#helpers.has(helper)) return;
      settle();
      if (helper.at) this.#patience.saw(performance.now() - helper.sinceMs);
      helper.sinceMs = performance.now();
      this.#inbox.push({ helper, message });
      this.#wake();
    };
    const failed = (reason: string): void => take(failure(reason));
    const thread = threads.start({ onMessage: take, onError: failed });
    const helper: Helper<Shared> = { thread, at: null, told: 0, state: null, held: false, sinceMs: 0 };
    this.#helpers.add(helper);
    const { encoder, buffers } = copyOf(model, path.heap, lent.names);
    thread.post({ type: 'open', encoder, wasmUrl: threads.wasmUrl }, buffers);
    thread.post({ type: 'folds', shared, lent }, []);
    return started;
  }

  #deal(): void {
    for (const helper of this.#helpers) {
      if (helper.at) continue;
      const next = this.#tasks.shift();
      if (!next) return;
      helper.at = next;
      helper.sinceMs = performance.now();
      helper.told = next.task.state?.points ?? 0;
      helper.thread.post({ type: 'fit', ...next }, []);
    }
  }

  async #takeAll(): Promise<void> {
    for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) {
      if (this.#helpers.has(next.helper)) await this.#take(next);
    }
  }

  async #take({ helper, message }: Arrival<Shared, Done>): Promise<void> {
    switch (message.type) {
      case 'told':
        for (const told of message.told) this.#tell(helper, told);
        break;
      case 'state':
        helper.state = message.state;
        await this.#plan.context.checkpoints.save(message.state);
        break;
      case 'held':
        helper.held = true;
        break;
      case 'fitted':
        helper.at = helper.state = null;
        this.#plan.onFold(message.fold);
        break;
      case 'failed':
        this.#drop(helper, message.error.message);
        break;
      case 'started':
      case 'values':
        break;
      default:
        message satisfies never;
    }
  }

  #tell(helper: Helper<Shared>, told: Told): void {
    const { observer, progress } = this.#plan.context;
    switch (told.type) {
      case 'point':
        helper.told++;
        observer.onPoint(told.point);
        break;
      case 'log':
        observer.onLog(told.message);
        break;
      case 'report':
        progress.report(told.key, told.share, told.progress);
        break;
      case 'take':
        progress.take(told.key, told.share);
        break;
      default:
        told satisfies never;
    }
  }

  #drop(helper: Helper<Shared>, reason: string): void {
    this.#helpers.delete(helper);
    helper.thread.end();
    if (!helper.at) return;
    const { task, held } = helper.at;
    const state = helper.state ?? task.state;
    this.#own.push({ task: { ...task, state, told: helper.told }, held });
    const from = state ? `step ${state.step}` : 'its start';
    this.#plan.context.observer.onLog(
      `The thread with fold ${task.fold + 1} stopped, and the first thread goes on with it from ${from}: ${reason}`,
    );
  }
}

function failure(message: string): FromReader {
  return { type: 'failed', error: { code: 'internal', message, stack: '', details: {} } };
}
