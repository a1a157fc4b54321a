/** One rung of a search for the eye: its folds as points, and what is to be said of it. Pure. */
import { metricDefinition } from '../../core/metrics/registry';
import { differenceWords } from '../../core/search/words';
import type { LadderNow, LadderRow, LadderTable } from '../../core/search/table';
import { lower } from '../../core/words/title';
import { fixed, formatAmount, formatDuration, formatPoints } from '../../core/words/numbers';
import { type FoldFigure, foldsTogether } from './figures';

export interface RungDetail {
  title: string;
  /** In the unit of its axis; null before there is a fold. */
  folds: FoldFigure | null;
  /** What stands before; null where nothing was measured on the same rows. */
  before: string | null;
  facts: { name: string; words: string }[];
}

/** All that a table has of a rung; null where it has no such rung. `recommended`: at its end, the rung to use. */
export function rungDetail(
  { rungs, metric, leads, folds }: LadderTable,
  rung: string,
  recommended: string | null = null,
): RungDetail | null {
  const row = rungs.find((own) => own.rung === rung);
  if (!row) return null;
  const titleOf = (id: string | null): string => lower(rungs.find((own) => own.rung === id)?.title ?? '');
  const { factor } = metricDefinition(metric).axis;
  const { scores = [], seen, gain, over, best, beside } = row;
  const points = scores.map(({ fold, score, before }) => ({
    ...{ fold, after: score * factor, before: before === null ? null : before * factor },
    gain: before === null ? null : (score - before) * factor,
  }));
  const on = seen === null ? '' : `, on ${seen}`;
  const differs = leads !== over && best;
  const elsewhere = recommended !== null && recommended !== over && recommended !== leads && beside;
  return {
    title: row.title,
    folds: foldsTogether(metric, points),
    before: gain === null ? null : titleOf(over),
    facts: [
      ...(row.why === null ? [] : [{ name: wordOf(row), words: sentence(row.why) }]),
      ...(gain === null ? [] : [{ name: `Over ${titleOf(over)}`, words: `${differenceWords(gain)}${on}` }]),
      ...(differs ? [{ name: `Over the best, ${titleOf(leads)}`, words: `${differenceWords(best)}${on}` }] : []),
      ...(elsewhere
        ? [{ name: `Over the recommended, ${titleOf(recommended)}`, words: `${differenceWords(beside)}${on}` }]
        : []),
      { name: 'Cost here', words: costWords(row, folds) },
      { name: 'By hand', words: `about ${formatDuration(1000 * row.cost)}: reading, folds, final fit` },
    ],
  };
}

function wordOf({ state }: LadderRow): string {
  return state === 'dropped' ? 'Why it was dropped' : 'Why it was left out';
}

function costWords({ seconds, planned, scores = [] }: LadderRow, folds: number): string {
  const spent = formatDuration(1000 * seconds);
  const each = scores.length > 1 ? `, ${formatDuration((1000 * sum(scores)) / scores.length)} a fold` : '';
  const all =
    planned === undefined
      ? ''
      : `; all ${formatAmount(folds, 'fold')} were planned at ${formatDuration(1000 * planned)}`;
  return `${spent}${each}${all}`;
}

function sum(scores: readonly { seconds: number }[]): number {
  return scores.reduce((total, { seconds }) => total + seconds, 0);
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface RungFold {
  name: string;
  /** 0–1. */
  done: number;
  /** «92.5» when done, «69 %» under way. */
  value: string;
  /** «+1.6»; empty where there is nothing to compare, or settings are tried. */
  gain: string;
  current: boolean;
}

/** The folds of the rung that is fitted, `share` of one done, 0–1. Of tried settings only how many are done is known. */
export function rungFolds({ rungs, folds }: LadderTable, now: LadderNow, share: number): RungFold[] {
  const row = rungs.find(({ rung }) => rung === now.rung);
  // A rung that goes on after its quarter has the folds of that until it has others; the one that leads looks at a quarter last.
  const own = now.candidate === 0 && row?.share === now.share ? (row.scores ?? []) : [];
  return Array.from({ length: folds }, (_, fold): RungFold => {
    const name = `Fold ${fold + 1}`;
    const score = own.find((one) => one.fold === fold);
    if (score) {
      const gain = score.before === null ? '' : formatPoints(score.score - score.before);
      return { name, done: 1, value: fixed(100 * score.score, 1), gain, current: false };
    }
    if (own.length === 0 && fold < now.done) return { name, done: 1, value: '', gain: '', current: false };
    const current = fold === now.done;
    return { name, done: current ? share : 0, value: current ? `${Math.round(100 * share)} %` : '', gain: '', current };
  });
}

/** Which try of a rung is made, and on what. */
export function tryWords({ candidate, tries, share, encoder }: LadderNow): string {
  const what = encoder === undefined ? 'Settings' : `${encoder}, try`;
  const rows = share === 1 ? 'all rows' : share === 0.5 ? 'half of the rows' : 'a quarter of the rows';
  // On all rows is the last round, and with few rows the only one.
  const halved = share === 1 ? '' : ': the better half of them goes on to twice the rows';
  return `${what} ${candidate} of ${tries}, on ${rows}${halved}.`;
}
