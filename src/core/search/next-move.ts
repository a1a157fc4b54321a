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
import { blocksOf, nextBlock } from './blocks';
import { costShare, type LadderPlan, leavesModel, type PlannedRung } from './plan';
import { keepable, leaderOf, ownTrial, type Standing, standingsOf } from './standings';
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
  const done = keepable(standings);
  const leader = leaderOf(done);
  /** The dearest final fit among what may be recommended now. */
  const keptMs = Math.max(0, ...done.map(({ planned }) => finalOf(plan, planned, seen)));
  const fits = (ms: number, finalMs = 0): boolean => ms + Math.max(keptMs, finalMs) <= leftMs;

  const rests = standings.flatMap((standing) =>
    standing.state === 'part' ? [restOf(standing, { plan, judge, seen, leader })] : [],
  );
  const waiting = inTurn(standings.filter(({ state }) => state === 'waiting'));
  const looks = waiting.flatMap((standing) => looksAt(standing, { plan, seen, leader }));
  // What a start before had begun is brought to the end that it had.
  const begun = [...looks, ...rests].find((one) => one.begun);
  if (begun) return begun.move;

  // There has to be a model to keep, whatever reading took.
  const surest = waiting.find(({ planned }) => planned.first === 'whole' && leavesModel(planned));

  const possible = rests.filter(({ ms, finalMs }) => fits(ms, finalMs)).sort((a, b) => b.promise - a.promise);
  const best = possible.find(({ promise }) => promise > 0);
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
  if (done.length === 0 && surest) return looksAt(surest, { plan, seen, leader })[0]?.move ?? null;
  // Nothing can be finished any more: what time is left says whether more would pay.
  return looks.find(({ ms, restMs }) => restMs > 0 && fits(ms))?.move ?? null;
}

interface Look {
  move: Move;
  ms: number;
  /** All its folds after the look; nought where the look is all of them. */
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

/**
 * First looks at a rung, the one to prefer first. On a quarter of the rows the rung that leads is looked at before: without
 * it there is nothing to compare with. Where a quarter leaves no time for the rest, the first of its own folds may, which
 * are not lost.
 */
function looksAt({ planned }: Standing, { plan, seen, leader }: Around): Look[] {
  const all = (trial: Trial): Move => ({ trial, folds: foldsLeft(plan, seen, trial) });
  const own = all(ownTrial(planned.rung));
  const finalMs = finalOf(plan, planned, seen);
  const msOfAll = (moves: readonly Move[]): number => moves.reduce((sum, one) => sum + msOf(plan, seen, one), 0);
  const block = nextBlock(blocksOf(planned, plan), own.folds);
  const byFolds: Look = {
    move: { ...own, folds: block.folds },
    ms: msOf(plan, seen, { ...own, folds: block.folds }),
    restMs: msOf(plan, seen, { ...own, folds: own.folds.slice(block.folds.length) }),
    finalMs,
    begun: block.begun,
  };
  if (planned.first !== 'rows') return [byFolds];
  const compared = leader ? all(ownTrial(leader.planned.rung, 0.25)) : null;
  const moves = [compared, all(ownTrial(planned.rung, 0.25))].flatMap((move) =>
    move && move.folds.length > 0 && !hasFailed(seen, move.trial) ? [move] : [],
  );
  const [move] = moves;
  if (!move) return [byFolds];
  const begun = moves.some(({ folds }) => folds.length < plan.folds);
  return [{ move, ms: msOfAll(moves), restMs: msOf(plan, seen, own), finalMs, begun }, byFolds];
}

function hasFailed(seen: readonly Seen[], trial: Trial): boolean {
  return seen.some((one) => isTrial(one.trial, trial) && one.failed !== undefined);
}

interface Rest {
  move: Move;
  ms: number;
  finalMs: number;
  /** How far it is ahead of what leads. */
  promise: number;
  begun: boolean;
}

/** What is left of a rung that was seen on a part: its next folds, and what all of them will take. */
function restOf({ planned, gain, settled }: Standing, { plan, judge, seen, leader }: Around & { judge: Judge }): Rest {
  const trial = ownTrial(planned.rung);
  const left = foldsLeft(plan, seen, trial);
  const leading = leader && foldsOf(seen, ownTrial(leader.planned.rung, settled.share));
  const ahead = leading && gainOver(judge, leading, settled.folds, 'rows');
  const { folds, begun } = nextBlock(blocksOf(planned, plan), left);
  return {
    ...{ move: { trial, folds }, begun },
    ms: msOf(plan, seen, { trial, folds: left }),
    finalMs: finalOf(plan, planned, seen),
    // What cannot be recommended waits for what can.
    promise: leavesModel(planned) ? ((ahead ?? gain)?.mean ?? 0) : -1,
  };
}

/** What there is still to spend, the dearest final fit held back, or as much as is said. */
export function roomOf(plan: LadderPlan, spentMs: number, heldMs = plan.heldMs): number {
  return plan.budgetMs === null ? Infinity : plan.budgetMs - heldMs - spentMs;
}

/** The final fit of a rung, as much slower or quicker than planned as its folds were. */
export function finalOf(plan: LadderPlan, planned: PlannedRung, seen: readonly Seen[]): number {
  const { rung, finalMs, foldMs } = planned;
  // Nothing of it is kept.
  if (!leavesModel(planned)) return 0;
  return foldMs === 0 ? finalMs : (finalMs * msOf(plan, seen, { trial: ownTrial(rung), folds: [0] })) / foldMs;
}

/**
 * What some folds will take: by what the rung's own took, where there are any, else by the plan. `costs`: of its tries, next
 * to auto; absent: all take as long.
 */
export function msOf(
  { rungs }: LadderPlan,
  seen: readonly Seen[],
  { trial, folds }: Move,
  costs: readonly number[] = [],
): number {
  const costOf = (candidate: number): number => costs[candidate - 1] ?? 1;
  const own = seen.filter((one) => one.trial.rung === trial.rung && one.trial.share === trial.share);
  const done = own.reduce((sum, one) => sum + costOf(one.trial.candidate) * one.folds.length, 0);
  const spent = own.reduce((sum, one) => sum + one.ms, 0);
  const planned = rungs.find(({ rung }) => rung === trial.rung);
  const foldMs = done > 0 ? spent / done : planned ? planned.foldMs * costShare(planned, trial.share) : 0;
  return costOf(trial.candidate) * folds.length * foldMs;
}

/** What a plan has behind a move at the most, the final fit included: all folds of what is not done, within the budget. */
export function behindMove(
  plan: LadderPlan,
  judge: Judge,
  { seen, spentMs, costs }: { seen: readonly Seen[]; spentMs: number; costs?: readonly number[] },
  move: Move,
): number {
  const left = standingsOf(plan, judge, seen).reduce((sum, { planned, state }) => {
    if (state !== 'waiting' && state !== 'part') return sum;
    const trial = ownTrial(planned.rung);
    return sum + msOf(plan, seen, { trial, folds: foldsLeft(plan, seen, trial) });
  }, 0);
  const own = msOf(plan, seen, move, costs);
  const room = roomOf(plan, spentMs);
  const behind = move.trial.candidate === 0 ? left - own : room === Infinity ? 0 : room;
  return Math.max(0, Math.min(behind, room - own)) + plan.heldMs;
}
