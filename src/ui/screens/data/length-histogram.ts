/** The shape of the length histogram: bins, ticks and places. Horizontal places are per cent, heights px. Pure. */
import { longestOf, type TokenTally } from '../../../core/text/token-tally';

/** Height of the drawing and of its base line, px. */
export const HEIGHT = 144;
export const BASELINE = 120;
const TOP = 8;

const BINS = 28;
const MIN_UPPER = 16;

export interface LengthBin {
  /** First and last length counted in this bin. */
  from: number;
  to: number;
  count: number;
  /** Left edge, per cent. */
  left: number;
}

export interface LengthHistogram {
  bins: LengthBin[];
  /** Width of a bin, per cent. */
  binWidth: number;
  /** Longest length on the axis; longer rows are counted in the last bin. */
  upper: number;
  beyond: number;
  tallest: number;
  xTicks: number[];
}

/** Bins of one width from 1 to at most twice the cut: a few very long rows must not flatten all the others. */
export function lengthHistogram(lengths: TokenTally, cut: number): LengthHistogram {
  const wanted = Math.max(MIN_UPPER, Math.min(longestOf(lengths), 2 * cut));
  const size = niceSize(wanted / BINS);
  const number = Math.ceil(wanted / size);
  const upper = number * size;
  const tally = new Array<number>(number).fill(0);
  let beyond = 0;
  for (const [length, rows] of lengths.rowsOf.entries()) {
    if (length > upper) beyond += rows;
    const bin = Math.min(number - 1, Math.max(0, Math.ceil(length / size) - 1));
    tally[bin] = (tally[bin] ?? 0) + rows;
  }
  const binWidth = 100 / number;
  return {
    bins: tally.map((count, bin) => ({ from: bin * size + 1, to: (bin + 1) * size, count, left: bin * binWidth })),
    binWidth,
    upper,
    beyond,
    tallest: Math.max(1, ...tally),
    xTicks: ticksUpTo(upper),
  };
}

/** Where a length stands on the axis, per cent; over 100 when it is off it. */
export function placeOf(histogram: Pick<LengthHistogram, 'upper'>, length: number): number {
  return (100 * length) / histogram.upper;
}

/** Height of a bar for `count` rows, px. */
export function barHeight(histogram: Pick<LengthHistogram, 'tallest'>, count: number): number {
  return ((BASELINE - TOP) * count) / histogram.tallest;
}

/** Round counts from 0 up, at most four lines. */
export function yTicks(tallest: number): number[] {
  const step = Math.max(1, roundUp(tallest / 3));
  const ticks = [];
  for (let tick = 0; tick <= tallest; tick += step) ticks.push(tick);
  return ticks;
}

/** 1, 2, 4, 8 …: edges then fall on the limits that models have. */
function niceSize(least: number): number {
  let size = 1;
  while (size < least) size *= 2;
  return size;
}

function ticksUpTo(upper: number): number[] {
  let step = 4;
  while (upper / step > 5) step *= 2;
  const ticks = [];
  for (let tick = 0; tick <= upper; tick += step) ticks.push(tick);
  return ticks;
}

/** The next of 1, 2, 5, 10, 20, 50 … */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
