/**
 * What a search does next: the trial and its folds that are fitted now. A function of the plan and of what was answered
 * and spent so far, and of nothing else: a run that goes on after an interruption comes to the same moves.
 *
 * Cheap rungs whole. A dear one gets a first look where it could then be finished, and where the most promising of those
 * looked at before still could: a rung that was seen on a part can never be recommended, so looks that leave no time for
 * the rest of any are worth nothing. Then the rest of their folds, the most promising first. The final fit of what may be
 * recommended stays held back.
 */
import { gainOver, type Judge } from './answers';
import { costShare, type LadderPlan, lookFolds, type PlannedRung } from './plan';
import { leaderOf, ownTrial, type Standing, standingsOf } from './standings';
import { foldsLeft, foldsOf, isTrial, type Seen, type Trial } from './trials';

export interface Move {
  trial: Trial;
  folds: number[];
}

/** A look may take so much longer than was measured before, and must still leave time for what it is compared with. */
const MARGIN = 1.15;

/** Null where no rung is to be looked at any further. `spentMs`: of the wall clock, reading included. */
export function nextMove(plan: LadderPlan, judge: Judge, seen: readonly Seen[], spentMs: number): Move | null {
  const standings = standingsOf(plan, judge, seen);
  const leftMs = plan.budgetMs === null ? Infinity : plan.budgetMs - spentMs;
  const keptMs = finalOfDone(plan, standings, seen);
  const fits = (ms: number, finalMs = 0): boolean => ms + Math.max(keptMs, finalMs) <= leftMs;

  const leader = leaderOf(standings);
  const rests = standings.flatMap((standing) =>
    standing.state === 'part' ? [restOf(standing, { plan, judge, seen, leader })] : [],
  );
  const possible = rests.filter(({ ms, finalMs }) => fits(ms, finalMs)).sort((a, b) => b.promise - a.promise);
  const best = possible.find(({ promise }) => promise > 0);

  const looks = inTurn(standings.filter(({ state }) => state === 'waiting')).map((standing) =>
    lookOf(standing, { plan, seen, leader }),
  );
  // What a start before had begun is brought to the end that it had.
  const begun = looks.find(({ begun }) => begun);
  if (begun) return begun.move;
  const worth = looks.find(
    ({ ms, restMs, finalMs }) => fits(ms + restMs, finalMs) && (!best || fits(MARGIN * ms + best.ms, best.finalMs)),
  );
  if (worth) {
    // The stronger what leads, the sooner what follows is dropped.
    const bestFirst = best && fits(best.ms + worth.ms + worth.restMs, Math.max(best.finalMs, worth.finalMs));
    return bestFirst ? best.move : worth.move;
  }
  const [first] = possible;
  if (first) return first.move;
  // Nothing can be finished any more: what time is left says whether more would pay.
  return looks.find(({ ms }) => fits(ms))?.move ?? null;
}

interface Look {
  move: Move;
  ms: number;
  /** All its folds after it, and its final fit. */
  restMs: number;
  finalMs: number;
  begun: boolean;
}

/** Cheap ones by their cost, dear ones by their turn. */
function inTurn(standings: readonly Standing[]): Standing[] {
  const isCheap = ({ planned }: Standing): boolean => planned.first === 'whole';
  const dear = standings.filter((one) => !isCheap(one));
  const turn = (standing: Standing): number => standing.planned.turn ?? 0;
  return [...standings.filter(isCheap), ...[...dear].sort((a, b) => turn(a) - turn(b))];
}

interface Around {
  plan: LadderPlan;
  seen: readonly Seen[];
  leader: Standing | null;
}

/** The first look at a rung. On a quarter of the rows the rung that leads is looked at first: without it there is nothing to compare with. */
function lookOf({ planned }: Standing, { plan, seen, leader }: Around): Look {
  const own = ownTrial(planned.rung);
  const whole = foldsLeft(plan, seen, own);
  const moves = movesOf(planned, { plan, seen, leader });
  const [move = { trial: own, folds: whole }] = moves;
  const looked = moves.filter(({ trial }) => isTrial(trial, own)).reduce((sum, { folds }) => sum + folds.length, 0);
  return {
    move,
    ms: moves.reduce((sum, one) => sum + msOf(plan, seen, one), 0),
    restMs: msOf(plan, seen, { trial: own, folds: whole.slice(looked) }),
    finalMs: finalOf(plan, planned, seen),
    begun: moves.some(({ trial }) => foldsOf(seen, trial).length > 0),
  };
}

function movesOf({ rung, first }: PlannedRung, { plan, seen, leader }: Around): Move[] {
  const all = (trial: Trial): Move => ({ trial, folds: foldsLeft(plan, seen, trial) });
  const own = all(ownTrial(rung));
  if (first === 'whole') return [own];
  if (first === 'folds') {
    const done = plan.folds - own.folds.length;
    return [{ ...own, folds: own.folds.slice(0, Math.max(0, lookFolds(plan.folds) - done)) }];
  }
  return [...(leader ? [all(ownTrial(leader.planned.rung, 0.25))] : []), all(ownTrial(rung, 0.25))].filter(
    ({ folds }) => folds.length > 0,
  );
}

/** What is left of a rung that was seen on a part: its next folds, what all of them will take, and how far ahead it is. */
function restOf(
  { planned, gain, folds, share }: Standing,
  { plan, judge, seen, leader }: Around & { judge: Judge },
): { move: Move; ms: number; finalMs: number; promise: number } {
  const trial = ownTrial(planned.rung);
  const ahead = leader && gainOver(judge, foldsOf(seen, ownTrial(leader.planned.rung, share)), folds, 'rows');
  const left = foldsLeft(plan, seen, trial);
  // Two folds at once where it was seen on a quarter only: fewer say nothing.
  const least = left.length === plan.folds ? lookFolds(plan.folds) : 1;
  return {
    move: { trial, folds: left.slice(0, Math.max(planned.atOnce, least)) },
    ms: msOf(plan, seen, { trial, folds: left }),
    finalMs: finalOf(plan, planned, seen),
    promise: (ahead ?? gain)?.mean ?? 0,
  };
}

/** What there is still to spend, the dearest final fit held back, or as much as is said. */
export function roomOf(plan: LadderPlan, spentMs: number, heldMs = plan.heldMs): number {
  return plan.budgetMs === null ? Infinity : plan.budgetMs - heldMs - spentMs;
}

/** The dearest final fit among what may be recommended now. */
function finalOfDone(plan: LadderPlan, standings: readonly Standing[], seen: readonly Seen[]): number {
  const done = standings.filter(({ state }) => state === 'done');
  return Math.max(0, ...done.map(({ planned }) => finalOf(plan, planned, seen)));
}

/** The final fit of a rung, as much slower or quicker than planned as its folds were. */
export function finalOf(plan: LadderPlan, { rung, finalMs, foldMs }: PlannedRung, seen: readonly Seen[]): number {
  return foldMs === 0 ? finalMs : (finalMs * msOf(plan, seen, { trial: ownTrial(rung), folds: [0] })) / foldMs;
}

/** What some folds will take: by what the rung's own took, where there are any, else by the plan. */
export function msOf({ rungs }: LadderPlan, seen: readonly Seen[], { trial, folds }: Move): number {
  const own = seen.filter((one) => one.trial.rung === trial.rung && one.trial.share === trial.share);
  const done = own.reduce((sum, one) => sum + one.folds.length, 0);
  const spent = own.reduce((sum, one) => sum + one.ms, 0);
  const planned = rungs.find(({ rung }) => rung === trial.rung);
  return folds.length * (done > 0 ? spent / done : planned ? planned.foldMs * costShare(planned, trial.share) : 0);
}

/** What a plan has behind a move at the most, the final fit included: all folds of what is not done, within the budget. */
export function behindMove(plan: LadderPlan, judge: Judge, seen: readonly Seen[], move: Move, spentMs: number): number {
  const left = standingsOf(plan, judge, seen).reduce((sum, { planned, state }) => {
    if (state !== 'waiting' && state !== 'part') return sum;
    const trial = ownTrial(planned.rung);
    return sum + msOf(plan, seen, { trial, folds: foldsLeft(plan, seen, trial) });
  }, 0);
  const own = msOf(plan, seen, move);
  const room = roomOf(plan, spentMs);
  const behind = move.trial.candidate === 0 ? left - own : room === Infinity ? 0 : room;
  return Math.max(0, Math.min(behind, room - own)) + plan.heldMs;
}
