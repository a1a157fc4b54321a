/** One run at a time in this browser, whatever the number of tabs: a Web Lock that goes with its worker. */
const NAME = 'hone-run';

/** Runs a body while holding the lock; null when it did not come in time. */
export type RunLock = <T>(body: () => Promise<T>) => Promise<T | null>;

/** A worker that was ended keeps its lock until the step it is in is done: up to two seconds in Chromium. */
export const tryRunLock = lockWithin(3_000);

/** As `tryRunLock`, after the worker of a reloaded page, which may be deep in something longer. */
export const awaitRunLock = lockWithin(20_000);

/** How long the tab of a worker that died may take to start another, which goes on with the same run. */
const FOLLOWER_MS = 2_000;

/** Runs `body` once no run works in any tab, however long that takes: for what is about to settle dead runs. */
export async function whenNoRunWorks<T>(body: () => Promise<T>): Promise<T> {
  for (;;) {
    const options = { ifAvailable: true };
    const done = await navigator.locks.request(NAME, options, async (lock) => lock && { value: await body() });
    if (done) return done.value;
    await navigator.locks.request(NAME, () => undefined);
    // A run is not dead when its worker is: whoever waited must not come before its follower.
    await new Promise((resolve) => setTimeout(resolve, FOLLOWER_MS));
  }
}

/** True while a run works in some tab, or its end waits there to be saved. */
export async function runWorks(): Promise<boolean> {
  if (!('locks' in navigator)) return false;
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === NAME);
}

function lockWithin(patienceMs: number): RunLock {
  return async (body) => {
    // Without a secure context there are no locks, and no runs either.
    if (!('locks' in navigator)) return body();
    let held = false;
    try {
      return await navigator.locks.request(NAME, { signal: AbortSignal.timeout(patienceMs) }, () => {
        held = true;
        return body();
      });
    } catch (error) {
      if (!held && error instanceof DOMException && error.name === 'TimeoutError') return null;
      throw error;
    }
  };
}
