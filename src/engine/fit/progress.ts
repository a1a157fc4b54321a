/**
 * Where a run is and how long it still takes. Every part of the plan has an estimate in milliseconds of a plain
 * processor core; what was measured per kind of work so far corrects the estimates of what is left. Folds side by side
 * and what goes on beside them have their shares of the time in their estimates; of them, the first that is not done is told of.
 */
import type { ExperimentObserver } from '../../core/run/experiment';
import type { RunProgress } from '../../core/run/record';
import { memoryHeld } from '../device/memory';
import type { Pace } from './pace';

/** Kinds of work run at speeds of their own. */
export type WorkKind = 'encode' | 'train' | 'head';

export interface Part {
  key: string;
  phase: RunProgress['phase'];
  kind: WorkKind;
  estimateMs: number;
}

/** Phases whose parts may be under way at once. */
const SIDE_BY_SIDE: readonly Part['phase'][] = ['baselines', 'fold', 'final-fit', 'test'];

/** What is told beside the figures that are kept here. */
export type PartProgress = Partial<Pick<RunProgress, 'message' | 'fold' | 'epoch' | 'epochs' | 'step' | 'steps'>> & {
  /** Examples handled since the last report. */
  rows?: number;
  /** Tokens of them, where tokens are what is learned. */
  tokens?: number;
};

/** Older measurements fade by half in this time. */
const HALF_LIFE_MS = 15_000;
/** Too little was seen before this to say how long it takes. */
const FIRST_GUESS_MS = 1500;

/** Sums that fade: work that was done, examples, their tokens, and the time that took. */
interface Speed {
  estimatedMs: number;
  rows: number;
  tokens: number;
  tookMs: number;
}

export class Progress {
  readonly #observer: Pick<ExperimentObserver, 'onProgress'>;
  readonly #pace: Pick<Pace, 'workedMs'>;
  readonly #parts: Map<string, Part & { share: number }>;
  readonly #speeds = new Map<WorkKind, Speed>();
  readonly #begun = new Set<Part['phase']>();
  #seenMs: number;
  #shown = 0;

  constructor(observer: Pick<ExperimentObserver, 'onProgress'>, pace: Pick<Pace, 'workedMs'>, parts: Part[]) {
    this.#observer = observer;
    this.#pace = pace;
    this.#parts = new Map(parts.map((part) => [part.key, { ...part, share: 0 }]));
    this.#seenMs = pace.workedMs;
  }

  /** Part `key` is done to `share` (0–1). Shares never fall. */
  report(key: string, share: number, { rows = 0, tokens = 0, ...told }: PartProgress = {}): void {
    const part = this.#parts.get(key);
    if (!part) return;
    const before = part.share;
    part.share = Math.min(1, Math.max(before, share));
    this.#measure(part.kind, part.estimateMs * (part.share - before), { rows, tokens });
    const leftMs = this.#leftMs();
    const elapsedMs = this.#pace.workedMs;
    this.#shown = Math.max(this.#shown, elapsedMs / Math.max(1, elapsedMs + leftMs));
    const speed = this.#speeds.get(part.kind);
    const folds = [...this.#parts.values()].filter(({ phase }) => phase === 'fold');
    this.#begun.add(part.phase);
    this.#observer.onProgress({
      // The figures of several would only flicker.
      ...(!this.#isBehindAnother(part) && {
        phase: part.phase,
        ...told,
        phaseProgress: part.share,
      }),
      ...(part.phase === 'fold' && { foldShares: folds.map(({ share }) => share) }),
      progress: this.#shown,
      elapsedMs,
      leftMs: elapsedMs < FIRST_GUESS_MS ? null : leftMs,
      examplesPerSecond: perSecond(speed, 'rows'),
      tokensPerSecond: perSecond(speed, 'tokens'),
      memoryBytes: memoryHeld(),
    });
  }

  /** True where a part that comes before it, of those that may be under way at once, began and is not done. */
  #isBehindAnother(part: Part): boolean {
    if (!SIDE_BY_SIDE.includes(part.phase)) return false;
    for (const other of this.#parts.values()) {
      if (other.key === part.key) return false;
      if (SIDE_BY_SIDE.includes(other.phase) && this.#begun.has(other.phase) && other.share < 1) return true;
    }
    return false;
  }

  /** Better estimates of the same parts, in milliseconds of this device: what was measured so far is no factor of them. */
  expect(parts: readonly Part[]): void {
    for (const { key, estimateMs } of parts) {
      const part = this.#parts.get(key);
      if (part) part.estimateMs = estimateMs;
    }
    this.#speeds.clear();
    this.#seenMs = this.#pace.workedMs;
  }

  /** A part that will not be run, or is over before its estimate. */
  finish(key: string): void {
    this.take(key, 1);
  }

  /** A part was done to `share` before this run went on: no time is counted for it. */
  take(key: string, share: number): void {
    const part = this.#parts.get(key);
    if (part) part.share = Math.max(part.share, share);
  }

  #measure(kind: WorkKind, estimatedMs: number, { rows, tokens }: { rows: number; tokens: number }): void {
    const nowMs = this.#pace.workedMs;
    const tookMs = nowMs - this.#seenMs;
    this.#seenMs = nowMs;
    const old = this.#speeds.get(kind) ?? { estimatedMs: 0, rows: 0, tokens: 0, tookMs: 0 };
    const fade = 0.5 ** (tookMs / HALF_LIFE_MS);
    this.#speeds.set(kind, {
      estimatedMs: old.estimatedMs * fade + estimatedMs,
      rows: old.rows * fade + rows,
      tokens: old.tokens * fade + tokens,
      tookMs: old.tookMs * fade + tookMs,
    });
  }

  #leftMs(): number {
    const all = [...this.#speeds.values()].filter((speed) => speed.estimatedMs > 0);
    const overall = ratio(
      all.reduce((sum, speed) => sum + speed.tookMs, 0),
      all.reduce((sum, speed) => sum + speed.estimatedMs, 0),
    );
    let left = 0;
    for (const { kind, estimateMs, share } of this.#parts.values()) {
      const speed = this.#speeds.get(kind);
      const slowness = speed && speed.estimatedMs > 0 ? ratio(speed.tookMs, speed.estimatedMs) : overall;
      left += estimateMs * (1 - share) * slowness;
    }
    return left;
  }
}

function perSecond(speed: Speed | undefined, of: 'rows' | 'tokens'): number | null {
  return speed && speed[of] > 0 && speed.tookMs > 0 ? (1000 * speed[of]) / speed.tookMs : null;
}

function ratio(a: number, b: number): number {
  return b > 0 ? a / b : 1;
}
