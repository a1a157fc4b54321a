/** One run at a time in this browser, whatever the number of tabs: a Web Lock that goes with its worker. */
const NAME = 'hone-run';

/** Runs `body` while holding the lock; null when it is held elsewhere. A dead worker's lock may take a moment to go. */
export async function tryRunLock<T>(body: () => Promise<T>): Promise<T | null> {
  return navigator.locks.request(NAME, { ifAvailable: true }, (lock) => (lock ? body() : null));
}
