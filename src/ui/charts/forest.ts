/** How the rungs of a finished search stand beside the one to use: differences with their intervals on one axis. Pure. */
import { metricDefinition } from '../../core/metrics/registry';
import { ROPE } from '../../core/metrics/paired';
import type { LadderSection } from '../../core/report/ladder-schema';
import { differenceWords } from '../../core/search/words';
import { lower } from '../../core/words/title';
import { fixed, formatDuration, formatPoints } from '../../core/words/numbers';
import { along, type Axis, roundStep } from './axis';

export interface ForestLine {
  rung: string;
  title: string;
  /** What a run of it by hand takes, and what it was seen on where that is a part. */
  note: string;
  /** In per cent of the axis; null where it lies off it. */
  mark: { at: number; low: number; high: number } | null;
  /** So far off, to the left or to the right, that it is told by its number alone. */
  off: 'left' | 'right' | null;
  /** «−1.7»; «chosen» */
  value: string;
  /** «−3.1 to −0.3»; empty of the chosen one. */
  interval: string;
  /** All of it, for who does not see the axis. */
  words: string;
  part: boolean;
  chosen: boolean;
}

export interface ForestFigure {
  axis: Axis;
  /** «Points of accuracy against top layers, same folds and rows» */
  title: string;
  lines: ForestLine[];
}

/** What lies further off than this many points, and than the rung that the gain is told over, would press the rest together. */
const REACH = 12;

/** Null where there is nothing to stand beside: a report of an earlier build, or one rung alone. */
export function forestFigure({ rungs, recommended, over, metric }: LadderSection): ForestFigure | null {
  const shown = rungs.filter(({ rung, beside }) => rung === recommended || beside);
  if (shown.length < 2) return null;
  const before = rungs.find(({ rung }) => rung === over)?.beside ?? null;
  const reach = Math.max(REACH, before ? Math.abs(100 * before.mean) : 0);
  const ends = shown.flatMap(({ beside }) =>
    beside && Math.abs(100 * beside.mean) <= reach ? beside.ci95.map((end) => 100 * end) : [],
  );
  const axis = closeAxis(Math.min(-200 * ROPE, ...ends), Math.max(200 * ROPE, ...ends));
  const name = lower(rungs.find(({ rung }) => rung === recommended)?.title ?? recommended);
  return {
    axis,
    title: `${upper(metricDefinition(metric).difference)} against ${name}, same folds and rows`,
    lines: shown.map((row): ForestLine => {
      const { rung, title, whole, cost, seen, beside } = row;
      const chosen = rung === recommended;
      const by = formatDuration(1000 * cost);
      const note = whole ? by : `${by}, on ${seen ?? 'a part'}`;
      if (chosen || !beside) {
        const mark = { at: along(axis, 0), low: along(axis, 0), high: along(axis, 0) };
        const words = 'the recommended one, which the others are held against';
        return { rung, title, note, mark, off: null, value: 'chosen', interval: '', words, part: false, chosen };
      }
      const [low, high] = beside.ci95;
      const side = Math.abs(100 * beside.mean) <= reach ? null : beside.mean < 0 ? 'left' : 'right';
      return {
        ...{ rung, title, note, part: !whole, chosen, words: differenceWords(beside) },
        off: side,
        mark: side
          ? null
          : { at: along(axis, 100 * beside.mean), low: along(axis, 100 * low), high: along(axis, 100 * high) },
        value: formatPoints(beside.mean),
        interval: `${signed(low)} to ${signed(high)}`,
      };
    }),
  };
}

/** An axis no longer than what stands on it, since it has little room: its ticks are round, its ends are not. */
function closeAxis(min: number, max: number): Axis {
  const step = roundStep(max - min, 4);
  const [first, last] = [Math.ceil(min / step), Math.floor(max / step)];
  return { min, max, ticks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step) };
}

function signed(share: number): string {
  return share < 0 ? `−${fixed(-100 * share, 1)}` : fixed(100 * share, 1);
}

function upper(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
