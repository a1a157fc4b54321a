/**
 * What rungs answered on the same folds, and what one gains over another there. A claim goes by folds and rows, whichever
 * is wider; whether to go on looking goes by the rows alone, since two folds say nearly nothing of a third (one degree of
 * freedom: t is 12.7) and nothing would ever be dropped.
 */
import { AppError } from '../errors';
import { classificationReport } from '../metrics/classification';
import { confusionMatrix, occurringOnly } from '../metrics/confusion-matrix';
import type { Interval } from '../metrics/intervals';
import { compareOnFolds, ROPE } from '../metrics/paired';
import type { ClassificationMetricId } from '../metrics/registry';
import { accuracySpread, halfWidth, macroF1Spread, type RowSpread, type RowUnits } from '../metrics/row-intervals';
import { studentTUpperTail } from '../metrics/student-t';

/** Labels answered to the rows of a fold that its fit has not seen. */
export interface FoldAnswers {
  fold: number;
  rows: Int32Array;
  /** [rows] label numbers. */
  answers: Int32Array;
}

/** What answers are held to; rows are numbers into `truth`. */
export interface Judge {
  labels: readonly string[];
  truth: Int32Array;
  units: RowUnits;
  /** Planned folds. */
  folds: number;
  metric: ClassificationMetricId;
}

/** What one gains over another on the folds that both have answered, 0–1. */
export interface Gain {
  mean: number;
  /** Cut at −1 and 1: no score differs by more. */
  ci95: Interval;
  folds: number;
  rows: number;
  /** The chance that it is more than one point, and that it is more than nothing. */
  pPoint: number;
  pAny: number;
}

/** The score of some answers, as a report has it: a label that none of these rows has is no label that was missed. */
export function scoreOf({ truth, labels, metric }: Judge, { rows, answers }: FoldAnswers): number {
  const right = rows.map((row) => truth[row] ?? 0);
  if (metric === 'accuracy') return right.filter((label, i) => label === answers[i]).length / rows.length;
  return classificationReport(occurringOnly(confusionMatrix(right, answers, labels))).macroAvg.f1;
}

/** The mean over folds; at least one. */
export function meanScore(judge: Judge, folds: readonly FoldAnswers[]): number {
  if (folds.length === 0) throw new AppError('internal', 'There are no folds to score.');
  return folds.reduce((sum, fold) => sum + scoreOf(judge, fold) / folds.length, 0);
}

/** The label that most of some rows have; of equals the first. Rows of `without` do not count. */
function commonestLabel({ truth, labels }: Judge, folds: readonly FoldAnswers[], without: number | null): number {
  const counts = new Int32Array(labels.length);
  for (const { fold, rows } of folds) {
    if (fold === without) continue;
    for (const row of rows) counts[truth[row] ?? 0] = (counts[truth[row] ?? 0] ?? 0) + 1;
  }
  return counts.indexOf(Math.max(...counts));
}

/** Always the commonest label, to each fold that of the rows of the others: what is not above it has learned nothing. */
export function commonestAnswers(judge: Judge, folds: readonly FoldAnswers[]): { label: string; folds: FoldAnswers[] } {
  return {
    label: judge.labels[commonestLabel(judge, folds, null)] ?? '',
    folds: folds.map(({ fold, rows }) => {
      return { fold, rows, answers: new Int32Array(rows.length).fill(commonestLabel(judge, folds, fold)) };
    }),
  };
}

/** What `after` gains over `before`; null where no fold has both. `by` rows: whatever the folds say. */
export function gainOver(
  judge: Judge,
  before: readonly FoldAnswers[],
  after: readonly FoldAnswers[],
  by: 'folds' | 'rows' = 'folds',
): Gain | null {
  const pairs = after.flatMap((own) => {
    const other = before.find(({ fold }) => fold === own.fold);
    return other ? [{ own, other }] : [];
  });
  if (pairs.length === 0) return null;
  const scores = (side: 'own' | 'other'): number[] => pairs.map((pair) => scoreOf(judge, pair[side]));
  const [others, own] = [scores('other'), scores('own')];
  const { spread: rows, count } = rowSpread(judge, pairs);
  if (by === 'folds' && pairs.length > 1) {
    const found = compareOnFolds(others, own, { planned: Math.max(judge.folds, pairs.length), rows });
    const spread = found.from === 'rows' ? rows : { standardError: found.standardError, df: pairs.length - 1 };
    return { ...chances(found.meanDifference, spread), ci95: cut(found.ci95), folds: pairs.length, rows: count };
  }
  const mean = own.reduce((sum, score, i) => sum + (score - (others[i] ?? 0)) / own.length, 0);
  const half = halfWidth(rows);
  return { ...chances(mean, rows), ci95: cut([mean - half, mean + half]), folds: pairs.length, rows: count };
}

function cut([low, high]: Interval): Interval {
  return [Math.max(-1, low), Math.min(1, high)];
}

function chances(mean: number, { standardError, df }: RowSpread): Pick<Gain, 'mean' | 'pPoint' | 'pAny'> {
  const above = (bar: number): number =>
    mean === bar ? 0.5 : standardError === 0 ? Number(mean > bar) : studentTUpperTail((bar - mean) / standardError, df);
  return { mean, pPoint: above(ROPE), pAny: above(0) };
}

/** How far the difference may lie off by the rows alone. */
function rowSpread(
  { truth, labels, units, metric }: Judge,
  pairs: readonly { own: FoldAnswers; other: FoldAnswers }[],
): { spread: RowSpread; count: number } {
  const rows: number[] = [];
  const after: number[] = [];
  const before: number[] = [];
  for (const { own, other } of pairs) {
    const known = new Map(Array.from(other.rows, (row, i) => [row, other.answers[i] ?? 0]));
    own.rows.forEach((row, i) => {
      const answer = known.get(row);
      if (answer === undefined) throw new AppError('internal', 'Two rungs are compared on the same rows only.');
      rows.push(row);
      before.push(answer);
      after.push(own.answers[i] ?? 0);
    });
  }
  const right = rows.map((row) => truth[row] ?? 0);
  const of = {
    texts: rows.map((row) => units.texts[row] ?? row),
    groups: rows.map((row) => units.groups[row] ?? row),
  };
  if (metric === 'macro_f1')
    return { spread: macroF1Spread(right, before, after, labels.length, of), count: rows.length };
  const gains = right.map((label, i) => Number(after[i] === label) - Number(before[i] === label));
  return { spread: accuracySpread(gains, of), count: rows.length };
}
