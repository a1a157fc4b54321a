/** A run against a simpler method on the same rows: over folds, and by the rows where the folds say too little. */
import type { RowUnits, RowSpread } from '../metrics/row-intervals';
import { accuracySpread, macroF1Spread } from '../metrics/row-intervals';
import { compareOnFolds } from '../metrics/paired';
import type { FoldOutcome, Predictions } from '../run/predictions';
import { answered, asShare, type LabelledRows, scoresOf, unitsOf } from './figures';
import type { Comparison } from './classification';

export interface ComparedFolds {
  own: FoldOutcome[];
  /** The same folds in the same order; null where one is missing. */
  other: FoldOutcome[] | null;
  /** Planned folds. */
  planned: number;
}

/** Own minus other by both measures; null with fewer than two folds or nothing to compare with. */
export function compareWith(
  rows: LabelledRows,
  units: RowUnits,
  { own, other, planned }: ComparedFolds,
): { accuracy: Comparison; macro_f1: Comparison } | null {
  if (other === null || own.length < 2) return null;
  const spreads = spreadsOf(rows, units, joined(own), joined(other));
  const compare = (metric: 'accuracy' | 'macro_f1'): Comparison => {
    const scores = (folds: FoldOutcome[]): number[] => folds.map((fold) => scoresOf(rows, fold)[metric]);
    const result = compareOnFolds(scores(other), scores(own), { planned, rows: spreads[metric] });
    return {
      mean_difference: result.meanDifference,
      // Shares cannot differ by more, however few folds there are.
      ci95: [Math.max(-1, result.ci95[0]), Math.min(1, result.ci95[1])],
      ci95_from: result.from,
      p_two_sided: asShare(result.pTwoSided),
      rope: result.rope,
      p_worse: asShare(result.pWorse),
      p_equivalent: asShare(result.pEquivalent),
      p_better: asShare(result.pBetter),
    };
  };
  return { accuracy: compare('accuracy'), macro_f1: compare('macro_f1') };
}

/** All folds as one set of predictions. */
export function joined(folds: FoldOutcome[]): Predictions {
  const rows = Int32Array.from(folds.flatMap((fold) => [...fold.rows]));
  const probabilities = new Float32Array(folds.reduce((sum, fold) => sum + fold.probabilities.length, 0));
  let offset = 0;
  for (const fold of folds) {
    probabilities.set(fold.probabilities, offset);
    offset += fold.probabilities.length;
  }
  return { rows, probabilities };
}

/** How far the differences may lie off by the rows alone. */
function spreadsOf(
  rows: LabelledRows,
  units: RowUnits,
  own: Predictions,
  other: Predictions,
): { accuracy: RowSpread; macro_f1: RowSpread } {
  const { truth, answers } = answered(rows, own);
  const theirs = answered(rows, other).answers;
  const answerOf = new Map(Array.from(other.rows, (row, i) => [row, theirs[i] ?? 0]));
  const before = Int32Array.from(own.rows, (row) => answerOf.get(row) ?? -1);
  const gains = truth.map((label, i) => Number(answers[i] === label) - Number(before[i] === label));
  const ofRows = unitsOf(units, own.rows);
  return {
    accuracy: accuracySpread(gains, ofRows),
    macro_f1: macroF1Spread(truth, before, answers, rows.labels.length, ofRows),
  };
}
