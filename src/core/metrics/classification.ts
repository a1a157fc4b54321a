/**
 * Accuracy, precision, recall, F1 and the chance-corrected scores, as scikit-learn defines them with
 * `labels=` given and `zero_division=0`: every label of the list counts in a macro average, also one that was
 * never predicted or has no true row.
 */
import { AppError } from '../errors';
import type { ConfusionMatrix } from './confusion-matrix';

/** All shares 0–1; `support` is the number of true rows. */
export interface Scores {
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

export interface ClassScores extends Scores {
  label: string;
}

export interface ClassificationReport {
  rows: number;
  right: number;
  accuracy: number;
  /** In the order of the labels. */
  perClass: ClassScores[];
  macroAvg: Scores;
  weightedAvg: Scores;
  /** Mean recall; null where a label has no true row, since its recall is then undefined. */
  balancedAccuracy: number | null;
  /** −1 to 1; 0 where all rows have one label or one answer. */
  matthewsCorrcoef: number;
  /** −1 to 1; null where label and answer are the same single class, since chance alone is then always right. */
  cohenKappa: number | null;
}

/** Reads all figures from a confusion matrix of at least one row; throws `internal` on an empty one. */
export function classificationReport({ labels, counts }: ConfusionMatrix): ClassificationReport {
  const classes = labels.length;
  const support = counts.map(sum);
  const predicted = labels.map((_, c) => sum(counts.map((row) => row[c] ?? 0)));
  const hits = labels.map((_, c) => counts[c]?.[c] ?? 0);
  const rows = sum(support);
  const right = sum(hits);
  if (rows === 0) throw new AppError('internal', 'There are no rows to score.');

  const perClass = labels.map((label, c) => {
    const hit = hits[c] ?? 0;
    const trueRows = support[c] ?? 0;
    const answers = predicted[c] ?? 0;
    return {
      label,
      precision: ratio(hit, answers),
      recall: ratio(hit, trueRows),
      f1: ratio(2 * hit, trueRows + answers),
      support: trueRows,
    };
  });
  const macroAvg = average(perClass, () => 1 / classes, rows);
  return {
    rows,
    right,
    accuracy: right / rows,
    perClass,
    macroAvg,
    weightedAvg: average(perClass, (scores) => scores.support / rows, rows),
    balancedAccuracy: support.includes(0) ? null : macroAvg.recall,
    ...agreement(support, predicted, right, rows),
  };
}

/**
 * Matthews' correlation for many classes (Gorodkin 2004, «Comparing two K-category assignments by a K-category
 * correlation coefficient») and Cohen's kappa (1960), from the margins of the matrix.
 */
function agreement(support: number[], predicted: number[], right: number, rows: number) {
  const byChance = sum(support.map((n, c) => n * (predicted[c] ?? 0)));
  const trueSpread = rows * rows - sum(support.map((n) => n * n));
  const predictedSpread = rows * rows - sum(predicted.map((n) => n * n));
  const covariance = right * rows - byChance;
  return {
    matthewsCorrcoef: ratio(covariance, Math.sqrt(trueSpread) * Math.sqrt(predictedSpread)),
    cohenKappa: byChance === rows * rows ? null : covariance / (rows * rows - byChance),
  };
}

function average(perClass: ClassScores[], weight: (scores: ClassScores) => number, support: number): Scores {
  const total = { precision: 0, recall: 0, f1: 0, support };
  for (const scores of perClass) {
    const share = weight(scores);
    total.precision += share * scores.precision;
    total.recall += share * scores.recall;
    total.f1 += share * scores.f1;
  }
  return total;
}

/** scikit-learn's `zero_division=0`. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
