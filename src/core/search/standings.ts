/**
 * Where every rung of a ladder stands: done, dropped, seen on a part, skipped, still to come. Follows from the answers
 * alone, so that a run that goes on sees what it saw before.
 */
import { ROPE } from '../metrics/paired';
import { formatAmount, formatCount, formatPoints } from '../words/numbers';
import { lower } from '../words/title';
import { type FoldAnswers, type Gain, gainOver, type Judge, meanScore } from './answers';
import { blocksOf, wholeBlocks } from './blocks';
import { type LadderPlan, leavesModel, type PlannedRung, type RowShare } from './plan';
import { cheapestNotWorse, type Contender } from './recommend';
import { foldsLeft, foldsOf, type Seen, type Trial } from './trials';

/** `part`: a first look is done, and it may still be better. */
export type StandingState = 'waiting' | 'part' | 'done' | 'dropped' | 'skipped' | 'out';

export interface Standing {
  planned: PlannedRung;
  state: StandingState;
  /** Of those left out, dropped, skipped: why. */
  why: string | null;
  /** What it answered, on the most rows that it was seen on; empty before. */
  folds: FoldAnswers[];
  share: RowShare;
  /** The same by whole blocks alone, which is what is decided by. */
  settled: Pick<Standing, 'folds' | 'share'>;
  /** Mean over these folds; null before there are any. */
  score: number | null;
  /** Over the best rung before it that is done, on the same folds and rows; null where there is none or nothing to compare. */
  gain: Gain | null;
  /** That rung. */
  over: string | null;
  /** Spent on it so far. */
  ms: number;
}

/** All rungs in the order of the plan. */
export function standingsOf(plan: LadderPlan, judge: Judge, seen: readonly Seen[]): Standing[] {
  const standings: Standing[] = [];
  for (const planned of plan.rungs) standings.push(standingOf(planned, { plan, judge, seen, before: standings }));
  return standings.map((standing) => withoutChance(standing, standings, { plan, judge, seen }));
}

/**
 * A dear rung that cannot win is dropped: against a cheaper one it has to gain a point, against a dearer one not to lose.
 * Against those alone that leave a model: one of them is recommended.
 */
function withoutChance(
  standing: Standing,
  standings: readonly Standing[],
  { plan, judge, seen }: { plan: LadderPlan; judge: Judge; seen: readonly Seen[] },
): Standing {
  const { planned, state, settled } = standing;
  const done = keepable(standings);
  const leader = leaderOf(done);
  const isDear = planned.first !== 'whole' && (state === 'part' || state === 'waiting');
  if (!isDear || !leader) return standing;
  const dropped = (why: string): Standing => ({ ...standing, state: 'dropped', why });
  if ((leader.score ?? 0) > 1 - ROPE) {
    return dropped(`less than a point is left to gain over ${lower(leader.planned.title)}`);
  }
  if (state === 'waiting') return standing;
  for (const other of [...done].sort((a, b) => (b.score ?? 0) - (a.score ?? 0))) {
    const gain = gainOver(judge, foldsOf(seen, ownTrial(other.planned.rung, settled.share)), settled.folds, 'rows');
    if (gain === null) continue;
    const isCheaper = standings.indexOf(other) < standings.indexOf(standing);
    if (isCheaper && gain.ci95[1] < ROPE) return dropped(dropWords(settled, gain, plan.folds));
    if (gain.ci95[1] < 0) return dropped(behindWords(settled, gain, { title: other.planned.title, folds: plan.folds }));
  }
  return standing;
}

/** Those that could be recommended now. */
export function keepable(standings: readonly Standing[]): Standing[] {
  return standings.filter(({ state, planned }) => state === 'done' && leavesModel(planned));
}

/** The rung to use, and what it was chosen among; null where none that leaves a model is done. */
export function recommendedOf(
  standings: readonly Standing[],
  judge: Judge,
): { rung: string; contenders: Contender[] } | null {
  const contenders = keepable(standings).map(({ planned, folds }) => ({ id: planned.rung, folds }));
  return contenders.length === 0 ? null : { rung: cheapestNotWorse(judge, contenders).id, contenders };
}

/** Of the rungs that are done the one with the best mean; of equals the cheapest. */
export function leaderOf(standings: readonly Standing[]): Standing | null {
  return standings.reduce<Standing | null>(
    (best, one) => (one.state === 'done' && (one.score ?? 0) > (best?.score ?? -1) ? one : best),
    null,
  );
}

/** The trial of a rung as its settings are on auto. */
export function ownTrial(rung: string, share: RowShare = 1): Trial {
  return { rung, candidate: 0, share };
}

function standingOf(
  planned: PlannedRung,
  { plan, judge, seen, before }: { plan: LadderPlan; judge: Judge; seen: readonly Seen[]; before: readonly Standing[] },
): Standing {
  const { rung, out, first } = planned;
  const whole = foldsOf(seen, ownTrial(rung));
  const quarter = foldsOf(seen, ownTrial(rung, 0.25));
  const leader = leaderOf(before);
  const share: RowShare = whole.length === 0 && quarter.length > 0 ? 0.25 : 1;
  const folds = share === 1 ? whole : quarter;
  const ms = seen.filter(({ trial }) => trial.rung === rung && trial.candidate === 0).reduce((s, one) => s + one.ms, 0);
  const isWhole = foldsLeft(plan, seen, ownTrial(rung)).length === 0;
  const settledWhole = wholeBlocks(blocksOf(planned, plan), whole);
  const isQuarter = foldsLeft(plan, seen, ownTrial(rung, 0.25)).length === 0;
  /** The most that both were seen on: a rung that went on after its quarter is compared there until it has folds. */
  const compare = (by: 'folds' | 'rows'): Gain | null =>
    leader && gainOver(judge, foldsOf(seen, ownTrial(leader.planned.rung, share)), folds, by);
  const standing: Standing = {
    ...{ planned, folds, share, ms, state: 'waiting', why: null },
    settled:
      settledWhole.length === 0 && isQuarter ? { folds: quarter, share: 0.25 } : { folds: settledWhole, share: 1 },
    score: folds.length === 0 ? null : meanScore(judge, folds),
    gain: compare(isWhole ? 'folds' : 'rows'),
    over: leader?.planned.rung ?? null,
  };
  const failed = seen.find(({ trial, failed }) => trial.rung === rung && trial.candidate === 0 && failed !== undefined);
  if (out !== null || first === null) return { ...standing, state: 'out', why: out };
  // One that has all its folds may fail on the quarter that another is compared on, and stands all the same.
  if (isWhole) return { ...standing, state: 'done' };
  if (failed?.failed !== undefined) return { ...standing, state: 'skipped', why: failed.failed };
  return first !== 'whole' && standing.settled.folds.length > 0 ? { ...standing, state: 'part' } : standing;
}

/** «after 2 of 5 folds», «on a quarter of the rows» */
function whereWords({ share, folds }: Standing['settled'], planned: number): string {
  if (share !== 1) return 'on a quarter of the rows';
  return `after ${formatCount(folds.length)} of ${formatAmount(planned, 'fold')}`;
}

/** «after 2 of 5 folds it is behind few examples: −8.0, at the best −2.1» */
function behindWords(
  settled: Standing['settled'],
  { mean, ci95 }: Gain,
  { title, folds }: { title: string; folds: number },
): string {
  const where = whereWords(settled, folds);
  return `${where} it is behind ${lower(title)}: ${formatPoints(mean)}, at the best ${formatPoints(ci95[1])}`;
}

/** «after 2 of 5 folds a gain of one point is out of reach: +0.3, at the most +0.9» */
function dropWords(settled: Standing['settled'], { mean, ci95 }: Gain, planned: number): string {
  const where = whereWords(settled, planned);
  return `${where} a gain of one point is out of reach: ${formatPoints(mean)}, at the most ${formatPoints(ci95[1])}`;
}
