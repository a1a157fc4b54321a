/**
 * Figures of rows that a fit does not learn from, while it trains: of the inner part, by which a length is chosen; else of
 * the rows that its fold is scored on, for the curve alone.
 */
import { classificationReport } from '../../../core/metrics/classification';
import { confusionMatrix } from '../../../core/metrics/confusion-matrix';
import { argmaxRows } from '../../../core/metrics/probabilistic';
import type { Classifier } from './classifier';
import { labelsOf, type Corpus } from './corpus';
import type { ValidationFigures } from '../../fit/loop';
import type { Pace } from '../../fit/pace';

/** Of more rows the curve would look the same, and every look takes time. */
export const MOST_WATCHED = 500;

/** Of the rows that a fold is scored on, those that its curve shows: all, or evenly as many as are worth their time. */
export function watchedRows(held: Int32Array): Int32Array {
  if (held.length <= MOST_WATCHED) return held;
  return Int32Array.from({ length: MOST_WATCHED }, (_, i) => held[Math.floor((i * held.length) / MOST_WATCHED)] ?? 0);
}

/** The loss is the mean cross-entropy with the class weights of training, so that the two curves can be compared. Null when stopped. */
export async function readValidation(
  classifier: Classifier,
  corpus: Corpus,
  rows: Int32Array,
  classWeights: Float32Array | null,
  pace: Pace,
): Promise<ValidationFigures | null> {
  const probabilities = await classifier.predict(rows, pace);
  if (!probabilities) return null;
  const classes = corpus.labels.length;
  const labels = labelsOf(corpus, rows);
  let loss = 0;
  let weights = 0;
  labels.forEach((label, i) => {
    const weight = classWeights?.[label] ?? 1;
    // float32 rounds a hopeless probability to 0, and its logarithm would be no number.
    loss -= weight * Math.log(Math.max(probabilities[i * classes + label] ?? 0, 1e-30));
    weights += weight;
  });
  const report = classificationReport(confusionMatrix(labels, argmaxRows(probabilities, classes), corpus.labels));
  return { validLoss: loss / weights, metrics: { accuracy: report.accuracy, macro_f1: report.macroAvg.f1 } };
}
