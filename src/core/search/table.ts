/**
 * The table of a search, as it fills and as it is reported: where each rung stands, with its figures and what they were
 * seen on. Plain values; names are single words, since record and report hold the same table.
 */
import { confusionMatrix, occurringOnly } from '../metrics/confusion-matrix';
import { type Interval, summariseFolds } from '../metrics/intervals';
import type { ClassificationMetricId } from '../metrics/registry';
import { macroF1Interval, shareInterval } from '../metrics/row-intervals';
import { type FoldAnswers, type Gain, gainOver, type Judge, scoreOf } from './answers';
import type { Searched } from './climb';
import type { Move } from './next-move';
import { type LadderPlan, leavesModel } from './plan';
import type { Rung } from './rung';
import { leaderOf, ownTrial, recommendedOf, type Standing, standingsOf, type StandingState } from './standings';
import { foldsOf, isTrial, type Seen } from './trials';
import { seenWords } from './words';

/** What a rung answered to a fold, on what it was seen on. */
export interface RungScore {
  fold: number;
  rows: number;
  /** 0–1; `before`: of the rung `over` on the same rows. */
  score: number;
  before: number | null;
  /** Its share of the clock, where folds stand side by side. */
  seconds: number;
}

/** A difference on the same folds and rows, 0–1. */
export interface Difference {
  mean: number;
  ci95: Interval;
}

export interface LadderRow {
  rung: string;
  title: string;
  note: string;
  state: StandingState;
  /** Of those left out, dropped, skipped: why. */
  why: string | null;
  /** What its figures were seen on, in words; null before there are any. */
  seen: string | null;
  /** False: on a part of the folds or of the rows, so that its figures never stand as equals beside those of the whole. */
  whole: boolean;
  /** 0–1. */
  score: number | null;
  ci95: Interval | null;
  /** Over the rung `over`, on the same folds and rows, 0–1. */
  gain: Difference | null;
  over: string | null;
  /** Over the rung that leads; null of that one, and where there is nothing to compare. Absent in tables of earlier builds. */
  best?: Difference | null | undefined;
  /** Of a search that is over: over the answers of the recommended rung that its gain is told by. */
  beside?: Difference | null | undefined;
  /** Fold by fold. Absent in tables of earlier builds. */
  scores?: RungScore[] | undefined;
  /** Of the rows, that these folds are of. Absent in tables of earlier builds. */
  share?: number | undefined;
  /** It leaves a model to keep. */
  model: boolean;
  /** Spent on it. */
  seconds: number;
  /** What a run of it by hand takes here. */
  cost: number;
  /** All its folds, as they were planned. Absent in tables of earlier builds. */
  planned?: number | undefined;
}

export interface LadderTable {
  /** Seconds; null = no limit. */
  budget: number | null;
  /** Planned folds. */
  folds: number;
  metric: ClassificationMetricId;
  /** In the order of their cost. */
  rungs: LadderRow[];
  /** Of those with all their folds, the best. */
  leads: string | null;
  /** What a stop now would keep: of those with all their folds and a model, the cheapest that is not worse. */
  keeps?: string | null | undefined;
  /** Spent on reading, and on all folds. */
  seconds: number;
}

/** What goes on in a search, beside its table. */
export interface LadderNow {
  rung: string;
  /** Settings are searched: the number of the try, of how many, and the title of the encoder where that is another than the first. */
  candidate: number;
  tries: number;
  encoder?: string;
  /** Folds of the rung that are done, on the same share of the rows. */
  done: number;
  share: number;
}

/** The table as far as a search has come. */
export function ladderTable(
  { plan, judge, seen, readMs }: { plan: LadderPlan; judge: Judge; seen: readonly Seen[]; readMs: number },
  rungs: readonly Rung[],
): LadderTable {
  const standings = standingsOf(plan, judge, seen);
  const leader = leaderOf(standings);
  const around = { plan, judge, seen, leader };
  return {
    budget: plan.budgetMs === null ? null : plan.budgetMs / 1000,
    folds: plan.folds,
    metric: judge.metric,
    rungs: standings.map((standing) => rowOf(standing, around, rungs)),
    leads: leader?.planned.rung ?? null,
    keeps: recommendedOf(standings, judge)?.rung ?? null,
    seconds: (readMs + seen.reduce((sum, { ms }) => sum + ms, 0)) / 1000,
  };
}

/** What a move is, for beside the table. */
export function nowOf(
  move: Move,
  seen: readonly Seen[],
  searched: Searched | null,
  encoder: string | null = null,
): LadderNow {
  const { rung, candidate, share } = move.trial;
  const tries = candidate === 0 ? 0 : (searched?.tries ?? 0);
  const own = { rung, candidate, tries, done: foldsOf(seen, move.trial).length, share };
  return { ...own, ...(encoder !== null && { encoder }) };
}

interface Around {
  plan: LadderPlan;
  judge: Judge;
  seen: readonly Seen[];
  leader: Standing | null;
}

function rowOf(standing: Standing, around: Around, rungs: readonly Rung[]): LadderRow {
  const { plan, judge, leader } = around;
  const { planned, state, why, folds, share, score, gain, over, ms } = standing;
  const own = rungs.find(({ id }) => id === planned.rung);
  return {
    rung: planned.rung,
    title: planned.title,
    note: own?.note ?? '',
    model: leavesModel(planned),
    ...{ state, why, score, over: gain === null ? null : over },
    seen: seenWords(standing, plan),
    share,
    whole: share === 1 && folds.length === plan.folds,
    ci95: score === null ? null : scoreInterval(judge, folds, share === 1),
    gain: differenceOf(gain),
    best: leader === standing || leader === null ? null : differenceOf(gainOfAll(standing, leader, around)),
    scores: scoresOf(standing, around),
    seconds: ms / 1000,
    cost: planned.costMs / 1000,
    planned: planned.wholeMs / 1000,
  };
}

/** A gain without what led to it. */
export function differenceOf(gain: Gain | null): Difference | null {
  return gain && { mean: gain.mean, ci95: gain.ci95 };
}

/** Of a rung over another that has all its folds, on what the first was seen on; folds of a part say little of their spread. */
function gainOfAll({ folds, share }: Standing, other: Standing, { plan, judge, seen }: Around): Gain | null {
  const by = share === 1 && folds.length === plan.folds ? 'folds' : 'rows';
  return gainOver(judge, foldsOf(seen, ownTrial(other.planned.rung, share)), folds, by);
}

function scoresOf(
  { planned: { rung }, folds, share, over, gain }: Standing,
  { judge, seen }: Pick<Around, 'judge' | 'seen'>,
): RungScore[] {
  const trial = ownTrial(rung, share);
  const others = over === null || gain === null ? [] : foldsOf(seen, ownTrial(over, share));
  return folds.map((own) => {
    const other = others.find(({ fold }) => fold === own.fold);
    const part = seen.find((one) => isTrial(one.trial, trial) && one.folds.includes(own));
    return {
      ...{ fold: own.fold, rows: own.rows.length, score: scoreOf(judge, own) },
      before: other ? scoreOf(judge, other) : null,
      seconds: part ? part.ms / part.folds.length / 1000 : 0,
    };
  });
}

/** The 95 % interval of the mean over folds: by the folds or by their rows, whichever is wider. */
export function scoreInterval(judge: Judge, folds: readonly FoldAnswers[], allRows = true): Interval {
  const { truth, labels, units, metric } = judge;
  const rows = folds.flatMap((fold) => [...fold.rows]);
  const answers = folds.flatMap((fold) => [...fold.answers]);
  const right = rows.map((row) => truth[row] ?? 0);
  const of = { texts: rows.map((row) => units.texts[row] ?? row), groups: rows.map((row) => units.groups[row] ?? row) };
  const share = shareInterval(
    right.map((label, i) => Number(label === answers[i])),
    of,
  );
  const byRows =
    metric === 'accuracy'
      ? share.ci95
      : macroF1Interval(occurringOnly(confusionMatrix(right, answers, labels)).counts, share.rows / rows.length);
  const { mean, ci95 } = summariseFolds(
    folds.map((fold) => scoreOf(judge, fold)),
    judge.folds,
  );
  // Folds of a part say little of their spread.
  if (ci95 === null || !allRows || folds.length < judge.folds) return byRows;
  if (ci95[1] - ci95[0] < byRows[1] - byRows[0]) return [Math.min(mean, byRows[0]), Math.max(mean, byRows[1])];
  return [Math.max(0, ci95[0]), Math.min(1, ci95[1])];
}
