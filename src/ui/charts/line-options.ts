/**
 * Chart.js options and data sets of a line chart, as values: what is drawn is decided here, where it can be tested,
 * and `LineChart.svelte` only hands it over. The y axis is rounded, so that it does not creep with every point.
 */
import type { ChartDataset, ChartOptions } from 'chart.js';
import { formatCount } from '../../core/words/numbers';
import { roundAxis, roundStep, tickLabel } from './axis';
import { decimate, type XY } from './decimate';
import type { Palette } from './palette.svelte';

/** `raw` is drawn faint behind, `solid` is train, `dashed` is validation; all in one hue. */
export type LineKind = 'raw' | 'solid' | 'dashed';

export interface LineSeries {
  label: string;
  kind: LineKind;
  points: readonly XY[];
}

export interface LineScale {
  /** Right end of the x axis: the steps planned. */
  steps: number;
  /** What the y axis must hold beside the data; null = nothing more. */
  include: readonly number[];
  /** What the y axis may never pass. */
  bounds: [number, number];
  log: boolean;
  /** Small charts name only the two ends of each axis. */
  small: boolean;
  /** A value as the crosshair shows it. */
  format: (value: number) => string;
  /** A value as the axis shows it; `digits` are the decimals that the steps of the axis need. */
  tick: (value: number, digits: number) => string;
  /** Vertical lines at the steps; off where epochs have lines of their own. */
  grid: boolean;
}

/** Marks are dropped where they would run into each other. */
const MARK_LIMIT = 48;

/** The data sets in drawing order (raw behind). */
export function lineDatasets(
  series: readonly LineSeries[],
  palette: Palette,
  small: boolean,
): ChartDataset<'line', XY[]>[] {
  return series.map(({ label, kind, points }, index) => ({
    label,
    data: [...decimate(points)],
    borderColor: kind === 'raw' ? palette.faint : palette.series,
    backgroundColor: palette.surface,
    borderWidth: kind === 'raw' ? 1 : small ? 1.5 : 2,
    borderDash: kind === 'dashed' ? [6, 4] : [],
    borderJoinStyle: 'round',
    pointRadius: kind === 'dashed' && points.length <= MARK_LIMIT ? 3 : 0,
    pointBorderColor: palette.series,
    pointBorderWidth: 1.5,
    pointHitRadius: 0,
    pointHoverRadius: 0,
    order: series.length - index,
  }));
}

/** The limits of the y axis: round ends round all points and `include`, within `bounds`. */
export function yRange(series: readonly LineSeries[], scale: LineScale): { min: number; max: number; step: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of [...scale.include, ...series.flatMap(({ points }) => points.map((point) => point.y))]) {
    if (scale.log && value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [Math.max(0, scale.bounds[0]), Math.min(1, scale.bounds[1])];
  if (scale.log)
    return { min: 10 ** Math.floor(Math.log10(low)), max: 10 ** Math.ceil(Math.log10(high * 1.0001)), step: 1 };
  const axis = roundAxis(low, high, scale.small ? 1 : 5, scale.bounds);
  const [first, second] = axis.ticks;
  return { min: axis.min, max: axis.max, step: first === undefined || second === undefined ? 1 : second - first };
}

/** Options that do not depend on single points: cheap to keep, set again when the range, theme or scale changes. */
export function lineOptions(
  range: { min: number; max: number; step: number },
  scale: LineScale,
  palette: Palette,
): ChartOptions<'line'> {
  // Half a step does not exist.
  const xStep = scale.small ? scale.steps : Math.max(1, Math.ceil(roundStep(scale.steps, 4)));
  const digits = (String(range.step).split('.')[1] ?? '').length;
  const font = { family: palette.font, size: 12, lineHeight: 1 };
  const ticks = { color: palette.ink3, font, maxRotation: 0, autoSkip: true, autoSkipPadding: 20 };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    parsing: false,
    normalized: true,
    events: [],
    layout: { padding: { top: 8, right: 1 } },
    plugins: { legend: { display: false }, tooltip: { enabled: false } },
    scales: {
      x: {
        type: 'linear',
        min: 0,
        max: scale.steps,
        border: { color: palette.lineStrong },
        grid: { display: scale.grid, color: palette.line, drawTicks: false },
        ticks: {
          ...ticks,
          display: !scale.small,
          stepSize: xStep,
          padding: 6,
          align: 'inner',
          // The end carries the word; a number that stands close before it would run into it.
          callback: (value) => {
            const step = Number(value);
            if (step === scale.steps) return `step ${formatCount(step)}`;
            return scale.steps - step < xStep * 0.75 ? '' : formatCount(step);
          },
        },
      },
      y: {
        type: scale.log ? 'logarithmic' : 'linear',
        min: range.min,
        max: range.max,
        border: { display: false },
        grid: { color: palette.line, drawTicks: false },
        afterFit: (axis) => {
          // One width for all charts of a size, so that their plots line up and never shift as numbers grow; «0.001» has room.
          axis.width = scale.small ? 48 : 40;
        },
        ticks: {
          ...ticks,
          padding: 8,
          ...(scale.log ? { maxTicksLimit: 5 } : { stepSize: range.step }),
          callback: (value) => (scale.log ? tickLabel(Number(value)) : scale.tick(Number(value), digits)),
        },
      },
    },
  };
}
