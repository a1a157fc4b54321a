/**
 * A newer build of the page that waits. It takes over when a person says so and no run works in any tab: the run's lock is
 * held from the check to the reload, so that none begins in between. Nothing here reloads a page by itself.
 */
import { tryRunLock, whenNoRunWorks } from '../worker/run-lock';

export type UpdateState =
  /** A run works, here or in another tab. */
  | 'waits-for-run'
  | 'ready'
  /** Said yes to. */
  | 'taking-over';

type Lock = typeof tryRunLock;

export class Updates {
  readonly #reload: () => void;
  readonly #tryLock: Lock;
  readonly #whenFree: typeof whenNoRunWorks;
  #state: UpdateState | null = $state(null);
  #takeOver: (() => Promise<void>) | null = null;

  constructor(reload = () => location.reload(), tryLock: Lock = tryRunLock, whenFree = whenNoRunWorks) {
    this.#reload = reload;
    this.#tryLock = tryLock;
    this.#whenFree = whenFree;
  }

  /** Null where this is the newest build that is known. */
  get state(): UpdateState | null {
    return this.#state;
  }

  /** A newer build waits, or (with nothing left to do but to load the page again) took over from another tab. */
  async offer(takeOver: () => Promise<void>): Promise<void> {
    this.#takeOver = takeOver;
    if (this.#state === null) await this.#waitForRuns();
  }

  /** The newer build takes over and the page is loaded again; while a run works, it waits on. */
  async apply(): Promise<void> {
    const takeOver = this.#takeOver;
    if (takeOver === null || this.#state !== 'ready') return;
    this.#state = 'taking-over';
    const done = await this.#tryLock(async () => {
      await takeOver();
      this.#reload();
      return true;
    });
    if (done === null) await this.#waitForRuns();
  }

  async #waitForRuns(): Promise<void> {
    this.#state = 'waits-for-run';
    await this.#whenFree(() => Promise.resolve());
    this.#state = 'ready';
  }
}
