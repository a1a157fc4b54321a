/**
 * A full reading of some predictions: every figure that the report gives for a set of answered rows.
 * As in scikit-learn without `labels=`, averages and tables hold the labels that occur or were answered;
 * probabilities are scored over all labels.
 */
import { normaliseText } from '../data/groups';
import { compareLabels } from '../data/label-map';
import { classificationReport } from '../metrics/classification';
import { confusionMatrix } from '../metrics/confusion-matrix';
import { type Interval, wilson95 } from '../metrics/intervals';
import { argmaxRows, brierScore, expectedCalibrationError, logLoss } from '../metrics/probabilistic';
import { macroF1Interval, type RowUnits, shareInterval } from '../metrics/row-intervals';
import type { Predictions } from '../run/predictions';
import { cutText } from '../words/excerpt';
import type { Answer, Reading } from './classification';

/** Rows with their true labels, as positions in `labels`. */
export interface LabelledRows {
  labels: string[];
  labelIndices: Int32Array;
  /** One-based lines of the file. */
  lines: Int32Array;
  texts: string[];
  /** Rows with one number belong together and say less than as many rows apart. Absent in runs of version 0.1. */
  groups?: Int32Array;
}

/** Longer texts are cut in a report: it holds answers, not the data set. */
export const MAX_ANSWER_CHARACTERS = 500;

/** Accuracy and macro-F1 of predictions; at least one row. */
export function scoresOf(rows: LabelledRows, predictions: Predictions): { accuracy: number; macro_f1: number } {
  const { truth, answers } = answered(rows, predictions);
  const { accuracy, macroAvg } = reportOn(truth, answers, rows.labels).report;
  return { accuracy: asShare(accuracy), macro_f1: asShare(macroAvg.f1) };
}

/** The figures of a reading that stand alone: share and macro-F1 with their intervals by the rows. */
export function scoresWithIntervals(rows: LabelledRows, predictions: Predictions, units = rowUnits(rows)) {
  const { truth, answers } = answered(rows, predictions);
  const { report, matrix } = reportOn(truth, answers, rows.labels);
  const own = unitsOf(units, predictions.rows);
  const share = shareInterval(
    truth.map((label, i) => Number(label === answers[i])),
    own,
  );
  return {
    rows: report.rows,
    right: report.right,
    accuracy: asShare(report.accuracy),
    accuracy_ci95: share.ci95,
    macro_f1: asShare(report.macroAvg.f1),
    macro_f1_ci95: macroF1Interval(matrix.counts, share.rows / report.rows),
    different_texts: new Set(Array.from(own.texts)).size,
  };
}

/** Everything there is to say about predictions; at least one row. Probabilities are [rows, labels]. */
export function figuresOf(
  rows: LabelledRows,
  predictions: Predictions,
  units = rowUnits(rows),
): Reading & { accuracy_ci95: Interval; macro_f1_ci95: Interval } {
  const { truth, answers } = answered(rows, predictions);
  const { report, matrix } = reportOn(truth, answers, rows.labels);
  const classes = rows.labels.length;
  const { probabilities } = predictions;
  const [low, high] = wilson95(report.right, report.rows);
  return {
    ...scoresWithIntervals(rows, predictions, units),
    accuracy_wilson95: [low, high],
    balanced_accuracy: report.balancedAccuracy === null ? null : asShare(report.balancedAccuracy),
    matthews_corrcoef: report.matthewsCorrcoef,
    log_loss: logLoss(truth, probabilities, classes),
    brier: brierScore(truth, probabilities, classes),
    ece: asShare(expectedCalibrationError(truth, probabilities, classes)),
    per_class: report.perClass.map(({ label, ...scores }) => ({ label, ...asShares(scores) })),
    macro_avg: asShares(report.macroAvg),
    weighted_avg: asShares(report.weightedAvg),
    confusion_matrix: { labels: [...matrix.labels], counts: matrix.counts },
  };
}

/**
 * The answered rows one by one, in the order of the predictions; with the probability of each of the first `told` labels, where
 * that is asked for.
 */
export function answersOf(
  rows: LabelledRows,
  predictions: Predictions,
  { fold, told = 0 }: { fold: number | null; told?: number },
): Answer[] {
  const { truth, answers } = answered(rows, predictions);
  const classes = rows.labels.length;
  return Array.from(predictions.rows, (row, i) => ({
    line: rows.lines[row] ?? 0,
    text: shortened(rows.texts[row] ?? ''),
    label: rows.labels[truth[i] ?? 0] ?? '',
    predicted: rows.labels[answers[i] ?? 0] ?? '',
    confidence: asShare(predictions.probabilities[i * classes + (answers[i] ?? 0)] ?? 0),
    fold,
    ...(told > 0 && {
      probabilities: sevenDigits(predictions.probabilities.subarray(i * classes, i * classes + told)),
    }),
  }));
}

/** Float32 says no more, and its digits as float64 would fill a file. */
function sevenDigits(values: Float32Array): number[] {
  return Array.from(values, (value) => asShare(Number(value.toPrecision(7))));
}

/** Which of the rows are copies and which belong together; without groups, as in version 0.1, copies do. */
export function rowUnits({ texts, groups }: LabelledRows): RowUnits {
  // Where every row stands alone there is no copy to look for.
  if (groups && new Set(groups).size === groups.length) return { texts: groups, groups };
  const known = new Map<string, number>();
  const ids = Int32Array.from(texts, (text) => {
    const key = normaliseText(text);
    const id = known.get(key) ?? known.size;
    known.set(key, id);
    return id;
  });
  return { texts: ids, groups: groups ?? ids };
}

/** The units of some rows, in their order. */
export function unitsOf({ texts, groups }: RowUnits, rows: Int32Array): RowUnits {
  return { texts: rows.map((row) => texts[row] ?? 0), groups: rows.map((row) => groups[row] ?? 0) };
}

/** The interval that is given for the accuracy of a reading; reports of version 0.1 have Wilson's alone. */
export function quotedInterval(reading: Pick<Reading, 'accuracy_ci95' | 'accuracy_wilson95'>): Interval {
  return reading.accuracy_ci95 ?? reading.accuracy_wilson95;
}

/** True labels and top answers of predictions, as positions in the labels. */
export function answered(rows: LabelledRows, predictions: Predictions): { truth: Int32Array; answers: Int32Array } {
  return {
    truth: predictions.rows.map((row) => rows.labelIndices[row] ?? 0),
    answers: argmaxRows(predictions.probabilities, rows.labels.length),
  };
}

/** Rounding can leave a mean of ones a hair above 1. */
export function asShare(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function asShares<T extends { precision: number; recall: number; f1: number; support: number }>(scores: T) {
  return {
    precision: asShare(scores.precision),
    recall: asShare(scores.recall),
    f1: asShare(scores.f1),
    support: scores.support,
  };
}

function reportOn(truth: Int32Array, answers: Int32Array, labels: string[]) {
  const occurring = new Uint8Array(labels.length);
  for (const positions of [truth, answers]) for (const label of positions) occurring[label] = 1;
  const kept = [...labels.keys()]
    .filter((label) => occurring[label] === 1)
    .sort((a, b) => compareLabels(labels[a] ?? '', labels[b] ?? ''));
  const positions = new Map(kept.map((label, position) => [label, position]));
  const renumber = (indices: Int32Array): Int32Array => indices.map((label) => positions.get(label) ?? 0);
  const matrix = confusionMatrix(
    renumber(truth),
    renumber(answers),
    kept.map((label) => labels[label] ?? ''),
  );
  return { report: classificationReport(matrix), matrix };
}

function shortened(text: string): string {
  return text.length <= MAX_ANSWER_CHARACTERS ? text : `${cutText(text, MAX_ANSWER_CHARACTERS - 1)}…`;
}
