/**
 * How far a score can be trusted by its rows alone. Folds that happen to agree give an interval of no width; the rows
 * behind them do not, so these are the least that any interval may be.
 *
 * Copies say the same thing twice. Rows of one text are taken to be right or wrong together (Kish 1965, «Survey
 * Sampling»: n rows in parts of m are worth n² ÷ Σm² apart); of rows that merely belong together, the answers show how
 * much they agree, between none at all and that.
 */
import { AppError } from '../errors';
import { type Interval, wilson95 } from './intervals';
import { studentTQuantile } from './student-t';

/** Which rows are copies, and which belong together (copies always do). One number per row each. */
export interface RowUnits {
  texts: ArrayLike<number>;
  groups: ArrayLike<number>;
}

/** A difference's spread by its rows: the t distribution of `df` degrees of freedom, scaled. */
export interface RowSpread {
  standardError: number;
  df: number;
}

/** Beyond this the t distribution is the normal one to four digits. */
const MOST_FREEDOM = 1000;

/** What rows in groups that agree within themselves are worth as rows apart: n² ÷ Σm². At least 1 for any row. */
export function kishRows(groups: ArrayLike<number>): number {
  const sizes = new Map<number, number>();
  for (let row = 0; row < groups.length; row++) sizes.set(groups[row] ?? 0, (sizes.get(groups[row] ?? 0) ?? 0) + 1);
  let squares = 0;
  for (const size of sizes.values()) squares += size * size;
  return squares === 0 ? 0 : (groups.length * groups.length) / squares;
}

/**
 * How many independent rows the mean of `values` rests on: by the variance between groups where the values vary, within
 * what copies alone (most) and groups that always agree (least) allow.
 */
export function independentRows(values: ArrayLike<number>, { texts, groups }: RowUnits): number {
  const rows = values.length;
  if (rows === 0) throw new AppError('internal', 'There are no rows to score.');
  const most = kishRows(texts);
  const least = Math.min(most, kishRows(groups));
  if (most - least < 1e-9) return most;
  let mean = 0;
  for (let row = 0; row < rows; row++) mean += (values[row] ?? 0) / rows;
  const byGroup = new Map<number, number>();
  let ofRows = 0;
  for (let row = 0; row < rows; row++) {
    const apart = (values[row] ?? 0) - mean;
    ofRows += apart * apart;
    byGroup.set(groups[row] ?? 0, (byGroup.get(groups[row] ?? 0) ?? 0) + apart);
  }
  let ofGroups = 0;
  for (const sum of byGroup.values()) ofGroups += sum * sum;
  ofGroups *= byGroup.size / Math.max(1, byGroup.size - 1);
  // Without any variance the rows cannot show how much they agree.
  if (ofRows < 1e-12 || ofGroups < 1e-12) return ofRows < 1e-12 ? least : most;
  return Math.min(most, Math.max(least, (rows * ofRows) / ofGroups));
}

/** 95 % interval of the share of right rows: Wilson's, over as many rows as are independent. */
export function shareInterval(right: ArrayLike<number>, units: RowUnits): { ci95: Interval; rows: number } {
  let hits = 0;
  for (let row = 0; row < right.length; row++) hits += right[row] ?? 0;
  const rows = independentRows(right, units);
  const share = hits / right.length;
  return { ci95: wilson95(hits === right.length ? rows : share * rows, rows), rows };
}

/**
 * 95 % interval of macro-F1 from a confusion matrix: Wilson's of every label's TP ÷ (TP + FP + FN), which F1 is a
 * monotone function of (Hand, Christen and Kirielle 2021, «F*»), put together by the method of variance estimates
 * recovery (Zou and Donner 2008). An error counts in two labels, which makes the variance twice that of labels apart.
 * `worth` is what a row counts for where some are copies, 0–1.
 */
export function macroF1Interval(counts: readonly (readonly number[])[], worth = 1): Interval {
  let f1 = 0;
  let below = 0;
  let above = 0;
  counts.forEach((line, label) => {
    const hits = line[label] ?? 0;
    const touched =
      line.reduce((sum, count) => sum + count, 0) + counts.reduce((sum, row) => sum + (row[label] ?? 0), 0);
    const all = touched - hits; // TP + FP + FN
    if (all === 0) return;
    const [low, high] = wilson95(hits === all ? all * worth : hits * worth, all * worth);
    const own = f1Of(hits / all);
    f1 += own;
    below += 2 * (own - f1Of(low)) ** 2;
    above += 2 * (f1Of(high) - own) ** 2;
  });
  const labels = Math.max(1, counts.length);
  return [Math.max(0, (f1 - Math.sqrt(below)) / labels), Math.min(1, (f1 + Math.sqrt(above)) / labels)];
}

/**
 * Spread of the difference in accuracy of two methods on the same rows (`gains`: 1 fixed, −1 broken, 0 alike), with one
 * imagined row of either kind (Bonett and Price 2012): never nought, also where the two never differ.
 */
export function accuracySpread(gains: ArrayLike<number>, units: RowUnits): RowSpread {
  const rows = independentRows(gains, units);
  const worth = rows / gains.length;
  let fixed = 1;
  let broken = 1;
  for (let row = 0; row < gains.length; row++) {
    if ((gains[row] ?? 0) > 0) fixed += worth;
    else if ((gains[row] ?? 0) < 0) broken += worth;
  }
  const n = rows + 2;
  const variance = (fixed + broken) / n - ((fixed - broken) / n) ** 2;
  return { standardError: Math.sqrt(variance / n), df: freedom(rows) };
}

/**
 * Spread of the difference in macro-F1: by how much each row moves it (the delta method), and as above one imagined row
 * of either kind for every label.
 */
export function macroF1Spread(
  truth: ArrayLike<number>,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  labels: number,
  units: RowUnits,
): RowSpread {
  const rows = truth.length;
  const moved = influence(truth, after, labels);
  const stayed = influence(truth, before, labels);
  for (let row = 0; row < rows; row++) moved[row] = (moved[row] ?? 0) - (stayed[row] ?? 0);
  const independent = independentRows(moved, units);
  let variance = 0;
  for (const pull of moved) variance += (pull / rows) ** 2;
  variance *= rows / independent;
  const support = new Float64Array(labels);
  for (let row = 0; row < rows; row++) support[truth[row] ?? 0] = (support[truth[row] ?? 0] ?? 0) + 1;
  const present = support.filter((count) => count > 0);
  for (const count of present) {
    variance += 2 / (present.length * ((count * independent) / rows + 2)) ** 2;
  }
  return { standardError: Math.sqrt(variance), df: freedom(independent) };
}

/** Half the width of a spread's 95 % interval. */
export function halfWidth({ standardError, df }: RowSpread): number {
  return studentTQuantile(0.975, df) * standardError;
}

/** By how much a row more would move macro-F1, times the number of rows. */
function influence(truth: ArrayLike<number>, answers: ArrayLike<number>, labels: number): Float64Array {
  const rows = truth.length;
  const hits = new Float64Array(labels);
  const touched = new Float64Array(labels); // support + answered
  for (let row = 0; row < rows; row++) {
    const own = truth[row] ?? 0;
    const answer = answers[row] ?? 0;
    touched[own] = (touched[own] ?? 0) + 1;
    touched[answer] = (touched[answer] ?? 0) + 1;
    if (own === answer) hits[own] = (hits[own] ?? 0) + 1;
  }
  const occurring = touched.filter((count) => count > 0).length;
  const f1 = hits.map((count, label) => (2 * count) / Math.max(1, touched[label] ?? 0));
  const share = (label: number): number => rows / (Math.max(1, touched[label] ?? 0) * Math.max(1, occurring));
  return Float64Array.from({ length: rows }, (_, row) => {
    const own = truth[row] ?? 0;
    const answer = answers[row] ?? 0;
    if (own === answer) return 2 * share(own) * (1 - (f1[own] ?? 0));
    return -share(own) * (f1[own] ?? 0) - share(answer) * (f1[answer] ?? 0);
  });
}

function freedom(rows: number): number {
  return Math.min(MOST_FREEDOM, Math.max(1, rows - 1));
}

/** F1 from TP ÷ (TP + FP + FN). */
function f1Of(share: number): number {
  return (2 * share) / (1 + share);
}
