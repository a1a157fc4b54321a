/** What a person wants of a run, asked between its steps. */
import { AppError } from '../core/errors';
import type { RunControl } from '../core/run/experiment';

export class Control implements RunControl {
  readonly #onPaused: (paused: boolean) => void;
  readonly #abort = new AbortController();
  #stopping = false;
  /** Resolves when a pause is over; null while there is none. */
  #pause: { over: Promise<void>; end(): void } | null = null;

  /** `onPaused` hears when the work really stands still, and when it goes on. */
  constructor(onPaused: (paused: boolean) => void) {
    this.#onPaused = onPaused;
  }

  /** Fires on cancel: for what can be stopped within a step, such as a download. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  pause(): void {
    if (this.#pause || this.#stopping) return;
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#pause = { over, end };
  }

  resume(): void {
    this.#pause?.end();
    this.#pause = null;
  }

  /** True when the next `checkpoint` waits. */
  pausing(): Promise<boolean> {
    return Promise.resolve(this.#pause !== null);
  }

  stop(): void {
    this.#stopping = true;
    this.resume();
  }

  goOn(): void {
    this.#stopping = false;
  }

  cancel(): void {
    this.#abort.abort();
    this.resume();
  }

  async checkpoint(): Promise<'continue' | 'stop'> {
    if (this.#pause) {
      this.#onPaused(true);
      while (this.#pause) await this.#pause.over;
      this.#onPaused(false);
    }
    if (this.#abort.signal.aborted) throw new AppError('cancelled', 'Cancelled. Nothing of this run is kept.');
    return this.#stopping ? 'stop' : 'continue';
  }
}
