/**
 * A whole search, move by move: rungs first, then the settings of the one to use, as long as there is room. Pure, as its
 * halves are; what it counts as spent before the settings does not change while they are searched, nor does their number.
 */
import type { Judge } from './answers';
import { finalOf, type Move, msOf, nextMove, roomOf } from './next-move';
import { costShare, type LadderPlan } from './plan';
import { nextTry, triesIn } from './settings-search';
import { recommendedOf, standingsOf } from './standings';
import type { Seen } from './trials';

export interface Climb {
  plan: LadderPlan;
  judge: Judge;
  seen: readonly Seen[];
  /** Spent on reading the texts. */
  readMs: number;
  /** What each try that can be made of a rung takes, next to auto; the first so many `encoders` are auto on others. */
  costsOf(rung: string): TryCosts;
}

export interface TryCosts {
  costs: readonly number[];
  encoders: number;
}

/** The settings that are searched, once no rung is looked at any further. */
export interface Searched {
  rung: string;
  tries: number;
}

/** What is fitted next, and the settings that are searched, if it has come to that; no move where the search is over. */
export function nextOfClimb(climb: Climb): { move: Move | null; searched: Searched | null } {
  const { plan, judge, seen, readMs } = climb;
  const rungs = seen.filter(({ trial }) => trial.candidate === 0);
  const move = nextMove(plan, judge, rungs, readMs + msOfAll(rungs));
  if (move) return { move, searched: null };
  const searched = searchedOf(climb, rungs);
  if (!searched) return { move: null, searched };
  const costs = climb.costsOf(searched.rung).costs.slice(0, searched.tries);
  const held = heldFor(plan, searched.rung, { seen, costs });
  const room = roomOf(plan, readMs + msOfAll(seen), held);
  return { move: nextTry({ plan, judge, seen, costs, ...searched }, room), searched };
}

function searchedOf({ plan, judge, readMs, costsOf }: Climb, rungs: readonly Seen[]): Searched | null {
  const rung = recommendedOf(standingsOf(plan, judge, rungs), judge)?.rung;
  if (rung === undefined) return null;
  const { costs, encoders } = costsOf(rung);
  const spentMs = readMs + msOfAll(rungs);
  // The final fit may be of any that is tried: what the longest takes is held back.
  const roomFor = (tried: readonly number[]): number =>
    roomOf(plan, spentMs, heldFor(plan, rung, { seen: rungs, costs: tried }));
  const tries = triesIn(plan, rung, { costs, encoders, roomFor });
  return tries > 0 ? { rung, tries } : null;
}

/** What the final fit of a rung may take with settings that were searched: as much longer as the longest of their fits. */
function heldFor(
  plan: LadderPlan,
  rung: string,
  { seen, costs }: { seen: readonly Seen[]; costs: readonly number[] },
): number {
  const planned = plan.rungs.find((one) => one.rung === rung);
  if (!planned) return plan.heldMs;
  const auto = seen.filter(({ trial }) => trial.candidate === 0);
  const foldMs = msOf(plan, auto, { trial: { rung, candidate: 0, share: 1 }, folds: [0] });
  const longer = seen.flatMap(({ trial, folds, ms }) =>
    trial.rung === rung && trial.candidate > 0 && folds.length > 0 && foldMs > 0
      ? [ms / folds.length / (foldMs * costShare(planned, trial.share))]
      : [],
  );
  return Math.max(1, ...costs, ...longer) * finalOf(plan, planned, auto);
}

function msOfAll(seen: readonly Seen[]): number {
  return seen.reduce((sum, { ms }) => sum + ms, 0);
}
