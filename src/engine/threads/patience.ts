/**
 * How long a thread that says nothing is waited for. One that hangs must not hold up a run for good; one that is merely
 * slow is worth waiting for, since it is right in the middle of the work.
 */

/** Whatever was seen so far, a thread may be silent this long, in ms. */
const LEAST_MS = 60_000;
/** So many times the longest that a thread needed for a word so far. */
const TIMES = 20;
/** Counted in as many turns of a timer: a machine that was asleep comes back to one that is due, and not to all. */
const TURNS = 20;

export class Patience {
  #longestMs = 0;

  /** A thread needed that long for a word. */
  saw(ms: number): void {
    this.#longestMs = Math.max(this.#longestMs, ms);
  }

  /** Calls `giveUp` once, when nothing was heard for too long, unless the returned function is called before. */
  wait(giveUp: (waitedMs: number) => void): () => void {
    const waitMs = Math.max(LEAST_MS, TIMES * this.#longestMs);
    let turns = 0;
    const timer = setInterval(() => {
      if (++turns < TURNS) return;
      clearInterval(timer);
      giveUp(waitMs);
    }, waitMs / TURNS);
    return () => clearInterval(timer);
  }
}

/** Said of a thread that was given up. */
export function silentFor(ms: number): string {
  return `it did not answer for ${Math.round(ms / 1000)} s.`;
}
