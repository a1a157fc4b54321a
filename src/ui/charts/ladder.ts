/** The table of a search for the eye: its axis, each rung's point and interval on it, words for its state. Pure. */
import { metricDefinition } from '../../core/metrics/registry';
import { stateWords } from '../../core/search/row-words';
import type { LadderNow, LadderRow, LadderTable } from '../../core/search/table';
import { fixed, formatAmount, formatCount, formatDuration, formatPoints } from '../../core/words/numbers';
import { along, type Axis, roundAxis } from './axis';

export interface LadderMark {
  /** Where the point and its interval stand, in per cent of the axis; null without a score. */
  at: number;
  low: number;
  high: number;
  /** Below the axis: said with its figure instead. */
  below: boolean;
}

export interface LadderLine {
  rung: string;
  title: string;
  note: string;
  mark: LadderMark | null;
  /** «91.2», and «89.3 to 92.8»; empty before there are any. */
  score: string;
  interval: string;
  gain: string;
  gainInterval: string;
  time: string;
  /** There is more to say of it than its line has. */
  opens: boolean;
  state: { kind: 'done' | 'now' | 'dropped' | 'waiting' | 'skipped'; word: string; note: string };
  /** On a part: hollow. */
  part: boolean;
  leads: boolean;
  recommended: boolean;
}

export interface LadderFigure {
  axis: Axis;
  measure: string;
  lines: LadderLine[];
}

export interface LadderView {
  table: LadderTable;
  now?: LadderNow | null;
  /** 0–1 of the fold under way. */
  share?: number;
  recommended?: string | null;
  /** No rung is looked at any further. */
  over?: boolean;
}

/** How far below the best the axis reaches at the most, in points: what is further off would press the rest together. */
const REACH = 15;

/** The figure of a table; while it fills, `now` is what is fitted. */
export function ladderFigure({
  table,
  now = null,
  share = 0,
  recommended = null,
  over = false,
}: LadderView): LadderFigure {
  const { metric, rungs, leads } = table;
  return {
    axis: axisOf(rungs),
    measure: metricDefinition(metric).title,
    lines: rungs.map((row) => lineOf(row, { table, now, share, over, leads, recommended })),
  };
}

function axisOf(rungs: readonly LadderRow[]): Axis {
  const scored = rungs.flatMap(({ score, ci95 }) => (score === null ? [] : [{ score: 100 * score, ci95 }]));
  if (scored.length === 0) return { min: 0, max: 100, ticks: [0, 25, 50, 75, 100] };
  const best = Math.max(...scored.map(({ score }) => score));
  const near = scored.filter(({ score }) => score >= best - REACH);
  const low = Math.min(...near.map(({ score, ci95 }) => (ci95 ? 100 * ci95[0] : score)));
  const high = Math.max(...near.map(({ score, ci95 }) => (ci95 ? 100 * ci95[1] : score)));
  return roundAxis(low, high, 4, [0, 100]);
}

interface Around {
  table: LadderTable;
  now: LadderNow | null;
  share: number;
  over: boolean;
  leads: string | null;
  recommended: string | null;
}

function lineOf(row: LadderRow, around: Around): LadderLine {
  const { rung, title, note, score, ci95, gain, seconds, whole } = row;
  const axis = axisOf(around.table.rungs);
  const bare = (value: number): string => fixed(100 * value, 1);
  return {
    ...{ rung, title, note },
    mark: score === null ? null : markOf(axis, score, ci95 ?? [score, score]),
    score: score === null ? '' : bare(score),
    interval: ci95 === null ? '' : `${bare(ci95[0])} to ${bare(ci95[1])}`,
    gain: gain === null ? '' : formatPoints(gain.mean),
    gainInterval: gain === null ? '' : `${formatPoints(gain.ci95[0])} to ${formatPoints(gain.ci95[1])}`,
    time: seconds === 0 ? '' : formatDuration(1000 * seconds),
    opens: (row.scores?.length ?? 0) > 0,
    state: stateOf(row, around),
    part: !whole,
    leads: around.recommended === null && around.leads === rung,
    recommended: around.recommended === rung,
  };
}

function markOf(axis: Axis, score: number, [low, high]: readonly [number, number]): LadderMark {
  return {
    at: along(axis, 100 * score),
    low: along(axis, 100 * low),
    high: along(axis, 100 * high),
    below: 100 * score < axis.min,
  };
}

function stateOf(row: LadderRow, { table, now, share, over }: Around): LadderLine['state'] {
  if (now?.rung === row.rung) {
    const part = now.share === 1 ? '' : ' of a quarter of the rows';
    const percent = share > 0 ? `${Math.round(100 * share)} % of this fold` : '';
    if (now.candidate > 0) {
      const word = now.encoder ?? `Settings ${now.candidate} of ${now.tries}`;
      return { kind: 'now', word, note: percent };
    }
    return { kind: 'now', word: `Fold ${Math.min(now.done + 1, table.folds)} of ${table.folds}${part}`, note: percent };
  }
  return { kind: kindOf(row, over), ...stateWords(row, over) };
}

function kindOf({ state }: LadderRow, over: boolean): LadderLine['state']['kind'] {
  if (state === 'out') return 'skipped';
  if (state === 'part') return over ? 'dropped' : 'waiting';
  return state;
}

/** «2 of 7 rungs done»: of those that take part, in whatever order they come. */
export function doneWords({ rungs }: LadderTable): string {
  const able = rungs.filter(({ state }) => state !== 'out');
  const done = able.filter(({ state }) => state !== 'waiting' && state !== 'part');
  return `${formatCount(done.length)} of ${formatAmount(able.length, 'rung')} done`;
}

/** What stopping now gives; null where no rung that leaves a model has all its folds. */
export function stopWords({ rungs, keeps, folds }: LadderTable): { title: string; score: string; rest: string } | null {
  const row = rungs.find(({ rung }) => rung === keeps);
  if (!row || row.score === null) return null;
  return {
    title: row.title,
    score: fixed(100 * row.score, 1),
    rest: `of the rungs with all ${formatAmount(folds, 'fold')} the cheapest that is not worse, fitted on all rows`,
  };
}

/** The table as tab-separated text, for a spreadsheet. */
export function ladderText({ measure, lines }: LadderFigure): string {
  const head = ['Rung', `${measure}, %`, '95 % interval', 'Gain, points', '95 % interval', 'Time', 'State'];
  const rows = lines.map(({ title, score, interval, gain, gainInterval, time, state }) =>
    [title, score, interval, gain, gainInterval, time, `${state.word} ${state.note}`.trim()].join('\t'),
  );
  return [head.join('\t'), ...rows].join('\n');
}
