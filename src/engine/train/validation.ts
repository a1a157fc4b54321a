/**
 * Figures of the inner part while a fold trains.
 */
import { classificationReport } from '../../core/metrics/classification';
import { confusionMatrix } from '../../core/metrics/confusion-matrix';
import { argmaxRows } from '../../core/metrics/probabilistic';
import type { Classifier } from './classifier';
import { labelsOf, type Corpus } from './corpus';
import type { Pace } from './pace';

export interface ValidationFigures {
  /** Mean cross-entropy with the class weights of training, so that the two curves can be compared. */
  validLoss: number;
  validAccuracy: number;
  validMacroF1: number;
}

/** Null when stopped. */
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
  return { validLoss: loss / weights, validAccuracy: report.accuracy, validMacroF1: report.macroAvg.f1 };
}
