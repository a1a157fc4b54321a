/**
 * What a search came to, for whoever fits and reports it: the rung to use, and the rung whose model is kept. They differ
 * where the best is a rung that leaves no model (label names, word counts): then the best of those that do is kept.
 */
import { AppError } from '../errors';
import { type FoldAnswers, type Gain, gainOver, type Judge } from './answers';
import type { Searched } from './climb';
import { type LadderOutcome, ladderOutcome } from './outcome';
import type { LadderPlan } from './plan';
import type { Rung } from './rung';
import type { Seen, Trial } from './trials';

export interface Conclusion {
  /** Of all rungs. */
  all: LadderOutcome;
  /** Of those that leave a model: its recommended rung is the one that is kept. */
  kept: LadderOutcome;
  /** Of the kept one over the rung to use, where that is another; null where nothing is to be said. */
  beside: Gain | null;
  /** Who answered each fold of `kept.nested`, in the same order. */
  answeredBy: Trial[];
}

export interface Search {
  plan: LadderPlan;
  judge: Judge;
  seen: readonly Seen[];
  searched: Searched | null;
  rungs: readonly Rung[];
}

/** Null where no rung that leaves a model has all its folds. */
export function concludeSearch({ plan, judge, seen, searched, rungs }: Search): Conclusion | null {
  const withModel = new Set(rungs.flatMap(({ id, work }) => (work.kind === 'method' ? [id] : [])));
  const among = { ...plan, rungs: plan.rungs.filter(({ rung }) => withModel.has(rung)) };
  const all = ladderOutcome(plan, judge, seen, searched);
  const kept = ladderOutcome(among, judge, seen, searched);
  if (!all || !kept) return null;
  const own = all.standings.find(({ planned }) => planned.rung === all.recommended);
  const differs = all.recommended !== kept.recommended && own;
  return {
    ...{ all, kept },
    beside: differs ? gainOver(judge, own.folds, kept.nested.folds) : null,
    answeredBy: kept.nested.folds.map((fold) => trialOf(seen, fold)),
  };
}

function trialOf(seen: readonly Seen[], fold: FoldAnswers): Trial {
  const found = seen.find(({ folds }) => folds.includes(fold));
  if (!found) throw new AppError('internal', `Nobody answered fold ${fold.fold}.`);
  return found.trial;
}

/** True where some rung of a plan leaves a model and is taken on. */
export function leavesModel({ rungs: planned }: LadderPlan, rungs: readonly Rung[]): boolean {
  return planned.some(
    ({ rung, first }) => first !== null && rungs.some(({ id, work }) => id === rung && work.kind === 'method'),
  );
}
