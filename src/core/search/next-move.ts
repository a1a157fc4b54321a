/**
 * What a search does next: the trial and its folds that are fitted now. A function of the plan and of what was answered
 * and spent so far, and of nothing else: a run that goes on after an interruption comes to the same moves.
 *
 * Cheap rungs whole; of dear ones a first look, and the rest of their folds as long as a gain of one point is in reach and
 * the rungs after it still get theirs; then those that had to wait, the most promising first. The final fit stays held back.
 */
import type { Judge } from './answers';
import { type LadderPlan, lookFolds, type PlannedRung } from './plan';
import { leaderOf, ownTrial, type Standing, standingsOf } from './standings';
import { foldsLeft, type Seen, type Trial } from './trials';

export interface Move {
  trial: Trial;
  folds: number[];
}

/** Null where no rung is to be looked at any further. `spentMs`: of the wall clock, reading included. */
export function nextMove(plan: LadderPlan, judge: Judge, seen: readonly Seen[], spentMs: number): Move | null {
  const standings = standingsOf(plan, judge, seen);
  const room = roomOf(plan, spentMs);
  const onPart = standings.flatMap((standing) => (standing.state === 'part' ? [restOf(plan, standing, seen)] : []));
  for (const [i, { planned, state }] of standings.entries()) {
    if (state === 'waiting') {
      const move = firstLook(plan, standings.slice(0, i), planned, seen);
      if (msOf(plan, seen, move) <= room) return move;
    }
    const own = onPart.find(({ move }) => move.trial.rung === planned.rung);
    if (!own) continue;
    const later = standings.slice(i + 1).filter((other) => other.state === 'waiting');
    const looks = later.reduce((sum, other) => sum + other.planned.firstMs, 0);
    // Where there is time for all of them, they go in their order.
    if (onPart.reduce((sum, { needed }) => sum + needed, looks) <= room) return own.move;
  }
  onPart.sort((a, b) => b.promise - a.promise);
  return onPart.find(({ needed }) => needed <= room)?.move ?? null;
}

/** What is left of a rung that was seen on a part: its next folds, what all of them will take, and how far ahead it is. */
function restOf(
  plan: LadderPlan,
  { planned, gain }: Standing,
  seen: readonly Seen[],
): { move: Move; needed: number; promise: number } {
  const trial = ownTrial(planned.rung);
  const left = foldsLeft(plan, seen, trial);
  // Two folds at once where it was seen on a quarter only: fewer say nothing.
  const least = left.length === plan.folds ? lookFolds(plan.folds) : 1;
  return {
    move: { trial, folds: left.slice(0, Math.max(planned.atOnce, least)) },
    needed: msOf(plan, seen, { trial, folds: left }),
    promise: gain?.mean ?? 0,
  };
}

/** What there is still to spend, the final fit held back. */
export function roomOf({ budgetMs, heldMs }: LadderPlan, spentMs: number): number {
  return budgetMs === null ? Infinity : budgetMs - heldMs - spentMs;
}

/** What some folds will take: by what the rung's own took, where there are any, else by the plan. */
export function msOf({ rungs }: LadderPlan, seen: readonly Seen[], { trial, folds }: Move): number {
  const own = seen.filter((one) => one.trial.rung === trial.rung && one.trial.share === trial.share);
  const done = own.reduce((sum, one) => sum + one.folds.length, 0);
  const spent = own.reduce((sum, one) => sum + one.ms, 0);
  const planned = rungs.find(({ rung }) => rung === trial.rung)?.foldMs ?? 0;
  return folds.length * (done > 0 ? spent / done : planned * trial.share);
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

/** On a quarter of the rows the rung that leads is looked at first: without it there is nothing to compare with. */
function firstLook(plan: LadderPlan, before: readonly Standing[], planned: PlannedRung, seen: readonly Seen[]): Move {
  const all = (trial: Trial): Move => ({ trial, folds: foldsLeft(plan, seen, trial) });
  const own = ownTrial(planned.rung);
  if (planned.first === 'whole') return all(own);
  if (planned.first === 'folds') {
    return { trial: own, folds: all(own).folds.slice(0, lookFolds(plan.folds)) };
  }
  const leader = leaderOf(before);
  const compared = leader && all(ownTrial(leader.planned.rung, 0.25));
  return compared && compared.folds.length > 0 ? compared : all(ownTrial(planned.rung, 0.25));
}
