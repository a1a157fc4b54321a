/** What a search found, in words: the rung to use and why, what every step bought and cost, and which figure to quote. */
import type { Interval } from '../metrics/intervals';
import { metricDefinition } from '../metrics/registry';
import { quoted } from '../words/excerpt';
import { formatAmount, formatCount, formatDuration, formatPercent, formatPoints } from '../words/numbers';
import { lower } from '../words/title';
import type { Gain, Judge } from './answers';
import { type LadderPlan, leavesModel, unreadWords } from './plan';
import type { LadderOutcome } from './outcome';
import type { Standing } from './standings';

export interface LadderWords {
  sentence: string;
  /** Why this rung, and why not those beside it. */
  detail: string[];
  notes: string[];
}

/** The words for an outcome; figures of a part are said to be such. `stopped`: by a person, before all was looked at. */
export function ladderWords(plan: LadderPlan, judge: Judge, outcome: LadderOutcome, stopped = false): LadderWords {
  const { standings, recommended, over, gain } = outcome;
  const at = standings.findIndex(({ planned }) => planned.rung === recommended);
  const own = standings[at];
  if (own === undefined) return { sentence: '', detail: [], notes: [] };
  const before = standings.find(({ planned }) => planned.rung === over);
  const dearer = standings.slice(at + 1).flatMap((standing) => beyond(standing, plan));
  const behind =
    before && leavesModel(before.planned) && gain && gain.ci95[0] < 0.01 && gain.ci95[1] > 0
      ? [`${titleOf(before)} takes ${costOf(before)}, and may be up to ${points(gain.ci95[1])} behind.`]
      : [];
  const late = standings.filter(({ state }) => state === 'waiting').map((one) => lower(titleOf(one)));
  return {
    sentence: sentenceOf(own, before, outcome),
    detail: [...behind, ...dearer],
    notes: [
      figureNote(judge, outcome),
      ...searchNote(outcome),
      ...leftOut(standings.filter(({ state }) => state === 'out' || state === 'skipped')),
      ...[unreadWords(plan) ?? []].flat(),
      ...(late.length > 0 ? [`${stopped ? 'It was stopped before' : 'There was no time for'} ${inWords(late)}.`] : []),
    ],
  };
}

/** What a rung was seen on: «all 5 folds», «2 of 5 folds», «a quarter of the rows»; null where on nothing. */
export function seenWords({ folds, share }: Standing, plan: Pick<LadderPlan, 'folds'>): string | null {
  if (folds.length === 0) return null;
  if (share !== 1) return 'a quarter of the rows';
  if (folds.length === plan.folds) return `all ${formatAmount(plan.folds, 'fold')}`;
  return `${formatCount(folds.length)} of ${formatAmount(plan.folds, 'fold')}`;
}

/** A gain is one over the better of the cheaper rungs and always giving the commonest label. */
function sentenceOf(own: Standing, before: Standing | undefined, { gain, floor }: LadderOutcome): string {
  const title = lower(titleOf(own));
  const always = `always answering ${quoted(floor.label)}`;
  if (floor.gain && floor.gain.ci95[0] <= 0) {
    const { mean } = floor.gain;
    const isLevel = formatPoints(mean) === formatPoints(0);
    const place = isLevel ? 'level with it' : `${points(mean)} ${mean < 0 ? 'behind' : 'ahead of'} it`;
    const ahead = aheadOf(before, gain);
    const who = ahead === null ? 'No rung' : 'No rung that leaves a model';
    const told = ahead === null ? '' : ` ${ahead.charAt(0).toUpperCase()}${ahead.slice(1)}.`;
    return `${who} is proved better than ${always}: ${title}, the one to use, is ${place}, ${intervalWords(floor.gain)}.${told}`;
  }
  if (!before || !gain)
    return `Use ${title}: it is the cheapest that was measured, and nothing else is likely to be a point better.`;
  if (gain.ci95[0] <= 0) {
    const other = `${lower(titleOf(before))}${leavesModel(before.planned) ? '' : ', which leaves no model,'}`;
    const ahead = aheadOf(before, gain);
    if (ahead !== null) return `Use ${title}: ${ahead}.`;
    return `Use ${title}, though no gain over ${other} is proved: ${differenceWords(gain)}.`;
  }
  const isAbove = floor.gain !== null && floor.gain.mean < gain.mean;
  const told = isAbove && floor.gain ? floor.gain : gain;
  const who = isAbove ? always : lower(titleOf(before));
  return `Use ${title}: ${points(told.mean)} over ${who}, ${intervalWords(told)}, for ${costOf(own)}.`;
}

/** «TF-IDF, which leaves no model, is 4.0 points ahead, 95 % interval +2.9 to +5.1»; null where none is proved to be. */
function aheadOf(before: Standing | undefined, gain: Gain | null): string | null {
  if (!before || leavesModel(before.planned) || gain === null || gain.ci95[1] >= 0) return null;
  const { mean, ci95 } = gain;
  const interval = intervalWords({ ci95: [-ci95[1], -ci95[0]] });
  return `${lower(titleOf(before))}, which leaves no model, is ${points(mean)} ahead, ${interval}`;
}

/** A rung that is dearer than the recommended one, and why it is not that. */
function beyond(standing: Standing, plan: LadderPlan): string[] {
  const { gain, state } = standing;
  const where = seenWords(standing, plan);
  if (gain === null || where === null) return [];
  const figures = `${formatPoints(gain.mean)} points on ${where} (${formatPoints(gain.ci95[0])} to ${formatPoints(gain.ci95[1])})`;
  const part = state === 'part' ? ': it was seen on a part only, and may still be better' : '';
  const none = leavesModel(standing.planned) ? '' : ', and leaves no model';
  return [`${titleOf(standing)} takes ${costOf(standing)} and gained ${figures}${none}${part}.`];
}

function figureNote({ metric }: Judge, { nested, recommended, standings }: LadderOutcome): string {
  const { bare, name } = metricDefinition(metric);
  const own = standings.find(({ planned }) => planned.rung === recommended);
  const score = own?.score ?? nested.score;
  const quoted = `Quote ${bare(nested.score)} % ${name}: the choice made without each fold, judged on it.`;
  return Math.abs(score - nested.score) < 5e-4
    ? quoted
    : `${quoted} ${formatPercent(score)} is the figure of the rung that was chosen for being good, so it may flatter.`;
}

function searchNote({ search, standings, recommended }: LadderOutcome): string[] {
  if (search === null) return [];
  const tried = formatAmount(search.tried.length, 'setting');
  const auto = standings.find(({ planned }) => planned.rung === recommended)?.score ?? null;
  const ahead = search.gain ? differenceWords(search.gain) : 'nothing to compare';
  const found = search.taken
    ? `the best is used: chosen inside each fold it gives ${ahead}.`
    : `none is proved better than auto, which stays: chosen inside each fold they give ${ahead}.`;
  const flatter =
    auto !== null && search.bestScore > auto
      ? ` ${formatPercent(search.bestScore)} is the best of ${formatCount(search.tried.length)} looks, so it flatters.`
      : '';
  return [`${tried} were tried; ${found}${flatter}`];
}

/** One with its reason; of several the table has the reasons. */
function leftOut(standings: readonly Standing[]): string[] {
  const [first, ...more] = standings;
  if (first === undefined) return [];
  if (more.length === 0) return [`${titleOf(first)} was left out. ${first.why ?? ''}`.trim()];
  const titles = standings.map((one) => lower(titleOf(one)));
  return [`${formatCount(standings.length)} rungs were left out, each for a reason in the table: ${inWords(titles)}.`];
}

/** «a, b and c» */
function inWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function titleOf({ planned }: Standing): string {
  return planned.title;
}

function costOf({ planned }: Standing): string {
  return planned.costMs < 100 ? 'no time' : formatDuration(planned.costMs);
}

function points(difference: number): string {
  return `${formatPoints(Math.abs(difference)).replace('+', '')} points`;
}

/** «+1.7 points, 95 % interval +0.3 to +3.1» */
export function differenceWords({ mean, ci95 }: { mean: number; ci95: Interval }): string {
  return `${formatPoints(mean)} points, ${intervalWords({ ci95 })}`;
}

function intervalWords({ ci95: [low, high] }: { ci95: Interval }): string {
  return `95 % interval ${formatPoints(low)} to ${formatPoints(high)}`;
}
