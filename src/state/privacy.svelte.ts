/**
 * What can be counted about privacy: requests that left the page's own origin, and how much this browser holds.
 * A worker's requests are not seen here; the content-security policy holds for both.
 */
import { AppError } from '../core/errors';
import type { HoneDatabase } from '../storage/schema';
import { deleteEverything } from '../storage/everything';
import { tryRunLock } from '../worker/run-lock';

export class Privacy {
  readonly #database: Promise<HoneDatabase>;
  readonly #onDeleted: () => Promise<void>;
  #requests = $state(0);
  #storedBytes: number | null = $state(null);
  #quotaBytes: number | null = $state(null);
  #persisted: boolean | null = $state(null);

  constructor(database: Promise<HoneDatabase>, onDeleted: () => Promise<void>) {
    this.#database = database;
    this.#onDeleted = onDeleted;
    const observer = new PerformanceObserver((list) => {
      this.#requests += list.getEntriesByType('resource').filter(leavesOrigin).length;
    });
    observer.observe({ type: 'resource', buffered: true });
    void this.refresh();
  }

  /** Requests other than same-origin GETs since the page was opened. */
  get requests(): number {
    return this.#requests;
  }

  get storedBytes(): number | null {
    return this.#storedBytes;
  }

  get quotaBytes(): number | null {
    return this.#quotaBytes;
  }

  /** True when the browser promised not to evict what is kept here. */
  get persisted(): boolean | null {
    return this.#persisted;
  }

  /** Asks the browser again; what it does not tell stays null. */
  async refresh(): Promise<void> {
    try {
      const { usage, quota } = await navigator.storage.estimate();
      this.#storedBytes = usage ?? null;
      this.#quotaBytes = quota ?? null;
      this.#persisted = await navigator.storage.persisted();
    } catch {
      this.#storedBytes = this.#quotaBytes = this.#persisted = null;
    }
  }

  /** Asks the browser to keep the data when space gets short; true when it promised. */
  async askToKeep(): Promise<boolean> {
    this.#persisted = await navigator.storage.persist();
    return this.#persisted;
  }

  /** Deletes all data sets, runs, features and models of this page in this browser; refused while a run works in any tab. */
  async deleteAll(): Promise<void> {
    const database = await this.#database;
    const done = await tryRunLock(async () => {
      await deleteEverything(database);
      return true;
    });
    if (done === null) {
      throw new AppError(
        'busy',
        'A run or a measurement is working, perhaps in another tab. Stop it first, then delete everything.',
      );
    }
    await this.#onDeleted();
    await this.refresh();
  }
}

/** A beacon is a POST; other entries do not tell their method, and the app itself only GETs. */
function leavesOrigin(entry: PerformanceEntry): boolean {
  const url = new URL(entry.name, location.href);
  if (!/^(https?|wss?):$/.test(url.protocol)) return false;
  return (
    url.origin !== location.origin || (entry instanceof PerformanceResourceTiming && entry.initiatorType === 'beacon')
  );
}
