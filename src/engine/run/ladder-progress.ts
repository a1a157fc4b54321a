/**
 * Where a search is and how long it still takes. Its parts are not known beforehand, as those of a run are: it goes by the
 * move that is fitted and by what the plan has behind it, within the budget.
 */
import type { ExperimentObserver } from '../../core/run/experiment';
import { foldPart } from '../../core/run/parts';
import type { RunProgress } from '../../core/run/record';
import { memoryHeld } from '../device/memory';
import type { Pace } from '../fit/pace';
import type { PartProgress, Progress } from '../fit/progress';

/** A move as far as progress knows it. */
export interface MoveAhead {
  /** «Top layers» */
  title: string;
  /** The parts are told by it. */
  trial: string;
  folds: readonly number[];
  /** What it will take, and what stands behind it. */
  ms: number;
  behindMs: number;
}

export class LadderProgress implements Pick<Progress, keyof Progress> {
  readonly #observer: Pick<ExperimentObserver, 'onProgress'>;
  readonly #pace: Pick<Pace, 'workedMs'>;
  readonly #folds: number;
  #move: MoveAhead | null = null;
  #shares = new Map<string, number>();
  /** Before the first move: what all of it will take, reading included. */
  #leftMs: number;
  #shown = 0;

  constructor(
    observer: Pick<ExperimentObserver, 'onProgress'>,
    pace: Pick<Pace, 'workedMs'>,
    { folds, leftMs }: { folds: number; leftMs: number },
  ) {
    this.#observer = observer;
    this.#pace = pace;
    this.#folds = folds;
    this.#leftMs = leftMs;
  }

  /** What is fitted from here on. */
  begin(move: MoveAhead): void {
    this.#move = move;
    this.#shares = new Map();
    this.#leftMs = move.ms + move.behindMs;
    const [fold = 0] = move.folds;
    this.#tell({
      phase: 'fold',
      message: this.#words(fold),
      fold,
      phaseProgress: 0,
      epoch: 0,
      epochs: 0,
      step: 0,
      steps: 0,
    });
  }

  report(key: string, share: number, { rows: _, tokens: __, ...told }: PartProgress = {}): void {
    const move = this.#move;
    if (!move) {
      this.#tell({ phase: 'features', ...told, phaseProgress: share });
      return;
    }
    const fold = move.folds.find((own) => foldPart(own, move.trial) === key);
    if (fold === undefined) {
      // What frozen layers give, computed once for all folds of the move.
      this.#tell({ ...told, phaseProgress: 0 });
      return;
    }
    this.#shares.set(key, Math.max(share, this.#shares.get(key) ?? 0));
    const done = [...this.#shares.values()].reduce((sum, own) => sum + own, 0) / move.folds.length;
    this.#leftMs = move.ms * (1 - done) + move.behindMs;
    const first = move.folds.find((own) => (this.#shares.get(foldPart(own, move.trial)) ?? 0) < 1);
    // Of folds side by side the first that is not done is told of.
    if (first !== undefined && first < fold) this.#tell({});
    else this.#tell({ ...told, phase: 'fold', message: this.#words(fold), fold, phaseProgress: share });
  }

  take(): void {
    // Parts of a search are not planned: nothing can be done before.
  }

  finish(): void {
    // As above.
  }

  expect(): void {
    // As above.
  }

  #words(fold: number): string {
    return `${this.#move?.title ?? ''}, fold ${fold + 1} of ${this.#folds}`;
  }

  #tell(told: Partial<RunProgress>): void {
    const elapsedMs = this.#pace.workedMs;
    this.#shown = Math.max(this.#shown, elapsedMs / Math.max(1, elapsedMs + this.#leftMs));
    this.#observer.onProgress({
      ...told,
      folds: this.#folds,
      progress: this.#shown,
      elapsedMs,
      leftMs: this.#leftMs,
      memoryBytes: memoryHeld(),
    });
  }
}
