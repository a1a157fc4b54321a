/** One run at a time in this browser, whatever the number of tabs: a Web Lock that goes with its worker. */
const NAME = 'hone-run';

/** Runs `body` while holding the lock; null when it is held elsewhere. */
export async function tryRunLock<T>(body: () => Promise<T>): Promise<T | null> {
  return navigator.locks.request(NAME, { ifAvailable: true }, (lock) => (lock ? body() : null));
}

/** The worker of a reloaded page may be deep in a step and keep its lock until that is done. */
const PATIENCE_MS = 20_000;

/** As `tryRunLock`, but waits for a lock that is about to go; null when it is still held after 20 s. */
export async function awaitRunLock<T>(body: () => Promise<T>): Promise<T | null> {
  try {
    return await navigator.locks.request(NAME, { signal: AbortSignal.timeout(PATIENCE_MS) }, body);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') return null;
    throw error;
  }
}
