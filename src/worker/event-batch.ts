/** Collects the events of a run and posts them at most ten times a second: of progress, and of a search's table, only the newest counts. */
import type { CurvePoint } from '../core/run/record';
import type { RunEvent } from './protocol';

const INTERVAL_MS = 100;

export class EventBatch {
  readonly #post: (events: RunEvent[]) => void;
  readonly #now: () => number;
  #events: RunEvent[] = [];
  #points: CurvePoint[] = [];
  #postedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `now` in milliseconds. */
  constructor(post: (events: RunEvent[]) => void, now: () => number) {
    this.#post = post;
    this.#now = now;
  }

  /** Events given together are posted together. */
  add(...events: Exclude<RunEvent, { type: 'points' }>[]): void {
    for (const event of events) {
      const { type: own } = event;
      if (own === 'progress' || own === 'search') this.#events = this.#events.filter(({ type }) => type !== own);
      this.#events.push(event);
    }
    this.#schedule();
  }

  addPoint(point: CurvePoint): void {
    this.#points.push(point);
    this.#schedule();
  }

  /** Posts what there is now: before a wait, and at the end. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#events.length === 0 && this.#points.length === 0) return;
    const points: RunEvent[] = this.#points.length > 0 ? [{ type: 'points', points: this.#points }] : [];
    // Points first: who hears of a fold's end has its whole curve.
    const events = [...points, ...this.#events];
    this.#points = [];
    this.#events = [];
    this.#postedAt = this.#now();
    this.#post(events);
  }

  /** By the clock where events come often, by a timer for the last one before a silence. */
  #schedule(): void {
    const waitMs = this.#postedAt + INTERVAL_MS - this.#now();
    if (waitMs <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), waitMs);
  }
}
