/**
 * What a search came to: where each rung stands, which to use, with which settings, and the figure to quote. Pure, from the
 * answers alone. Recommended is what can be kept: label names and word counts are measured and compared with, and leave no
 * model.
 */
import { AppError } from '../errors';
import { commonestAnswers, type FoldAnswers, type Gain, gainOver, type Judge, meanScore } from './answers';
import { type LadderPlan, leavesModel } from './plan';
import { bestOf, nestedAnswers } from './recommend';
import { type SearchOutcome, searchOutcome } from './settings-search';
import { ownTrial, recommendedOf, type Standing, standingsOf } from './standings';
import { foldsOf, type Seen, type Trial } from './trials';

export interface LadderOutcome {
  standings: Standing[];
  /** The rung to use, which is the one whose model is kept. */
  recommended: string;
  /** Its settings: 0 is `auto`, else a try of the search. */
  candidate: number;
  /** The answers of the whole procedure, made for each fold without it, who was chosen there and answered, and their score. */
  nested: { folds: FoldAnswers[]; chosen: string[]; answeredBy: Trial[]; score: number };
  /** The best rung that is cheaper than the recommended one, or leaves no model; null where no other was done. */
  over: string | null;
  /** Of the procedure's answers over those of that rung: not chosen for being large. */
  gain: Gain | null;
  /** The same over always giving the commonest label, which a cheap rung can be far below: what is not above it is no gain. */
  floor: { label: string; gain: Gain | null };
  /** Of every other rung over the procedure's answers, on what that rung was seen on; null where there is nothing to compare. */
  beside: ReadonlyMap<string, Gain | null>;
  /** Null where settings were not searched to the end. */
  search: SearchOutcome | null;
}

/** Null where no rung that leaves a model has all its folds. `tries`: of the settings of the rung that led, where they were searched. */
export function ladderOutcome(
  plan: LadderPlan,
  judge: Judge,
  seen: readonly Seen[],
  searched: { rung: string; tries: number } | null = null,
): LadderOutcome | null {
  const standings = standingsOf(plan, judge, seen);
  const chosen = recommendedOf(standings, judge);
  if (chosen === null) return null;
  const { rung: recommended, contenders } = chosen;
  const search = searched?.rung === recommended ? searchOutcome({ plan, judge, seen, ...searched }) : null;
  const taken = search?.taken === true;
  const choice = nestedAnswers(judge, contenders);
  // Where the rung was chosen without a fold, its settings were too.
  const folds = choice.folds.map((own, i) => {
    const found = taken && choice.chosen[i] === recommended ? search.folds.find(({ fold }) => fold === own.fold) : null;
    return found ?? own;
  });
  const at = standings.findIndex(({ planned }) => planned.rung === recommended);
  const simpler = standings
    .filter(({ planned, state }, i) => state === 'done' && (i < at || !leavesModel(planned)))
    .map(({ planned, folds: own }) => ({ id: planned.rung, folds: own }));
  const over = simpler.length === 0 ? null : bestOf(judge, simpler);
  const commonest = commonestAnswers(judge, folds);
  return {
    standings,
    recommended,
    candidate: taken ? search.best : 0,
    nested: {
      ...{ folds, chosen: choice.chosen, score: meanScore(judge, folds) },
      answeredBy: folds.map((fold) => trialOf(seen, fold)),
    },
    over: over?.id ?? null,
    gain: over && gainOver(judge, over.folds, folds),
    floor: { label: commonest.label, gain: gainOver(judge, commonest.folds, folds) },
    beside: new Map(
      standings
        .filter(({ planned }) => planned.rung !== recommended)
        .map((one) => {
          // What learned from a quarter of the rows stands beside what did too.
          const own = one.share === 1 ? folds : foldsOf(seen, ownTrial(recommended, one.share));
          const by = one.state === 'done' ? 'folds' : 'rows';
          return [one.planned.rung, gainOver(judge, own, one.folds, by)];
        }),
    ),
    search,
  };
}

function trialOf(seen: readonly Seen[], fold: FoldAnswers): Trial {
  const found = seen.find(({ folds }) => folds.includes(fold));
  if (!found) throw new AppError('internal', `Nobody answered fold ${fold.fold}.`);
  return found.trial;
}
