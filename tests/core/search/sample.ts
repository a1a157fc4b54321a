/** Rungs of the tests: answers drawn by lot, and costs as in the drawing of the plan card. */
import { createRandom } from '../../../src/core/random';
import type { FoldAnswers, Judge } from '../../../src/core/search/answers';
import type { LadderPlan, RungCost, RowShare } from '../../../src/core/search/plan';
import type { Seen, Trial } from '../../../src/core/search/trials';

/** Rows of two labels in as many folds as there are; row i is of fold i mod folds. */
export function judgeOf(rows: number, folds: number, options: Partial<Judge> = {}): Judge {
  const own = Int32Array.from({ length: rows }, (_, row) => row);
  const truth = own.map((row) => Math.floor(row / folds) % 2);
  return { labels: ['a', 'b'], truth, units: { texts: own, groups: own }, folds, metric: 'accuracy', ...options };
}

/** Answers that are right where `right` says so, of the folds given. */
export function answersOf(
  { truth, folds }: Judge,
  right: (row: number) => boolean,
  some: readonly number[] = Array.from({ length: folds }, (_, fold) => fold),
  every: (row: number) => boolean = () => true,
): FoldAnswers[] {
  return some.map((fold) => {
    const rows = Int32Array.from(truth.keys()).filter((row) => row % folds === fold && every(row));
    return { fold, rows, answers: rows.map((row) => (right(row) ? (truth[row] ?? 0) : 1 - (truth[row] ?? 0))) };
  });
}

/** Right with a chance, each row by lot. */
export function byLot(chance: number, seed: number): (row: number) => boolean {
  const random = createRandom(seed);
  const drawn = Array.from({ length: 5000 }, () => random() < chance);
  return (row) => drawn[row] ?? false;
}

/** Minutes and seconds as milliseconds. */
export const minutes = (whole: number, seconds = 0): number => (60 * whole + seconds) * 1000;

/** A rung by what its five folds take. */
export function costOf(rung: string, wholeMs: number, more: Partial<RungCost> = {}): RungCost {
  return {
    ...{
      rung,
      title: rung,
      foldMs: wholeMs / 5,
      finalMs: wholeMs / 5,
      bytes: 1e8,
      reads: false,
      atOnce: 1,
      unfit: null,
    },
    ...more,
  };
}

/** The table of the drawing. */
export const DRAWN: readonly RungCost[] = [
  costOf('names', minutes(0, 2)),
  costOf('words', minutes(0, 8)),
  costOf('features', minutes(0, 48)),
  costOf('few', minutes(5, 20)),
  costOf('top', minutes(6, 50)),
  costOf('adapter', minutes(15, 30)),
  costOf('everything', minutes(19, 40), { finalMs: minutes(2, 42), bytes: 1.1e9 }),
];

/** A rung that answers as `right` says, on whatever it is asked. */
export type Rungs = Readonly<Record<string, (row: number, candidate: number) => boolean>>;

/** Fits what a search asks for, and remembers what was asked. */
export class Bench {
  readonly seen: Seen[] = [];
  readonly asked: string[] = [];
  spentMs = 0;
  constructor(
    readonly plan: LadderPlan,
    readonly judge: Judge,
    readonly rungs: Rungs,
    /** What a try takes, next to auto. */
    readonly slower: (candidate: number) => number = () => 1,
  ) {}

  fit({ trial, folds }: { trial: Trial; folds: readonly number[] }): void {
    const right = this.rungs[trial.rung] ?? (() => false);
    const answers = answersOf(
      this.judge,
      (row) => right(row, trial.candidate),
      folds,
      inShare(trial.share, this.judge.folds),
    );
    const planned = this.plan.rungs.find(({ rung }) => rung === trial.rung);
    const ms = folds.length * (planned?.foldMs ?? 0) * trial.share * this.slower(trial.candidate);
    this.seen.push({ trial, folds: answers, ms });
    this.asked.push(
      `${trial.rung}${trial.candidate || ''} ${trial.share === 1 ? '' : `${trial.share} `}${folds.join('')}`,
    );
    this.spentMs += ms;
  }
}

/** The rows of a share: the first of every so many, in each fold. */
function inShare(share: RowShare, folds: number): (row: number) => boolean {
  return (row) => Math.floor(row / folds) % (1 / share) < 1;
}
