/**
 * Between two steps: lets messages in, has the fit under way kept, asks whether to go on, and keeps the clock of the
 * time that was worked.
 * Turns come from a MessageChannel, since a hidden tab's `setTimeout` fires once a minute.
 */
import type { RunControl } from '../../core/run/experiment';
import { NO_GUARD, type DeviceGuard } from '../device/guard';

/** Work without a look at the messages lasts at most this long, where the work can be cut. */
const TURN_MS = 30;

/** Work on other threads that goes on with this one, and stands still with it. */
export interface Beside {
  /** Before this thread's fit may be kept at a turn, which tells that it was. */
  look(): void;
  /** Takes what came. `holding`: a pause begins; resolves when all stands still and is kept. */
  turn(holding: boolean): Promise<void>;
  /** The turn is over. */
  go(stopped: boolean): void;
}

/** Lets the thread's message loop run once. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** What all loops of a run ask between their steps. Once stopped, it stays stopped. */
export class Pace {
  readonly #control: RunControl;
  readonly #guard: DeviceGuard;
  readonly #startedMs = performance.now();
  readonly #workedBeforeMs: number;
  #pausedMs = 0;
  #lastTurnMs = this.#startedMs;
  #stopped = false;
  #keep: ((wanted: boolean) => Promise<void>) | null = null;
  #beside: Beside | null = null;

  /** `workedBeforeMs`: what an interrupted run had worked. */
  constructor(control: RunControl, guard: DeviceGuard = NO_GUARD, workedBeforeMs = 0) {
    this.#control = control;
    this.#guard = guard;
    this.#workedBeforeMs = workedBeforeMs;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Time since the start without pauses; a run that goes on counts what it had worked before. */
  get workedMs(): number {
    return this.#workedBeforeMs + performance.now() - this.#startedMs - this.#pausedMs;
  }

  /**
   * What a fit does at every turn to be kept, until it is over (null). Between the messages and the waiting: a pause
   * that came with the messages is seen here, and what it stands still on is kept before it begins. `wanted`: at this
   * turn for sure.
   */
  keepWith(keep: ((wanted: boolean) => Promise<void>) | null): void {
    this.#keep = keep;
  }

  /** What works beside this thread, until it is over (null). */
  workBeside(beside: Beside | null): void {
    this.#beside = beside;
  }

  /** To be called after every read-back: throws what the device reported, so that no zeros pass for a result. */
  checkDevice(): void {
    this.#guard.check();
  }

  /**
   * True to go on, false to finish with what there is. Throws `cancelled`. Waits while paused.
   * `finishing` goes on after a stop: what it takes to keep the best.
   */
  async goOn(finishing = false): Promise<boolean> {
    if (this.#stopped && !finishing) return false;
    await nextTurn();
    await this.#keepAll();
    const askedMs = performance.now();
    const answer = await this.#control.checkpoint();
    this.#pausedMs += performance.now() - askedMs;
    this.#lastTurnMs = performance.now();
    this.#stopped ||= answer === 'stop';
    this.#beside?.go(this.#stopped);
    return finishing || !this.#stopped;
  }

  /** Once more where a pause came while something was written: what works beside would not stand still with it. */
  async #keepAll(): Promise<void> {
    const pausing = async (): Promise<boolean> => this.#beside !== null && (await this.#control.pausing?.()) === true;
    let holding = false;
    do {
      holding = await pausing();
      this.#beside?.look();
      await this.#keep?.(holding);
      await this.#beside?.turn(holding);
    } while (!holding && (await pausing()));
  }

  /** Runs a generator to its end in turns, asking at least every 30 ms where its steps are that short. Null when stopped. */
  async drive<T>(steps: Generator<unknown, T, void>, finishing = false): Promise<T | null> {
    if (this.#stopped && !finishing) return null;
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (performance.now() - this.#lastTurnMs >= TURN_MS && !(await this.goOn(finishing))) return null;
    }
  }
}
