/**
 * How good the probabilities are: log loss, Brier score and calibration error. Probabilities come row-major as
 * [rows, classes]; each row adds up to 1.
 */
import { AppError } from '../errors';

export type Probabilities = Float32Array | Float64Array;

/** The smallest steps above 1 that the two number types can tell apart (`numpy.finfo(dtype).eps`). */
const EPSILON_32 = 2 ** -23;
const EPSILON_64 = 2 ** -52;

/** Mean of −ln p(true label), p kept inside [eps, 1 − eps] of its number type, as scikit-learn's `log_loss`. */
export function logLoss(yTrue: ArrayLike<number>, probabilities: Probabilities, classes: number): number {
  const rows = rowCount(yTrue, probabilities, classes);
  const eps = probabilities instanceof Float32Array ? EPSILON_32 : EPSILON_64;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const p = probabilities[i * classes + (yTrue[i] ?? 0)] ?? 0;
    total -= Math.log(Math.min(1 - eps, Math.max(eps, p)));
  }
  return total / rows;
}

/** Squared distance of the probabilities to the one-hot truth: sum over classes, mean over rows; 0 best, 2 worst. */
export function brierScore(yTrue: ArrayLike<number>, probabilities: Probabilities, classes: number): number {
  const rows = rowCount(yTrue, probabilities, classes);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < classes; c++) {
      const miss = (probabilities[i * classes + c] ?? 0) - (c === yTrue[i] ? 1 : 0);
      total += miss * miss;
    }
  }
  return total / rows;
}

/** The top answer of each row; of equal ones the first, as `numpy.argmax`. */
export function argmaxRows(probabilities: Probabilities, classes: number): Int32Array {
  const answers = new Int32Array(probabilities.length / classes);
  for (let i = 0; i < answers.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if ((probabilities[i * classes + c] ?? 0) > (probabilities[i * classes + best] ?? 0)) best = c;
    }
    answers[i] = best;
  }
  return answers;
}

/** One bar of a reliability diagram: rows whose confidence lies in (low, high]. Means are null in an empty bin. */
export interface CalibrationBin {
  low: number;
  high: number;
  count: number;
  confidence: number | null;
  accuracy: number | null;
}

/** Rows sorted by the probability of their top answer into bins of equal width; a right edge belongs to its bin. */
export function calibrationBins(
  yTrue: ArrayLike<number>,
  probabilities: Probabilities,
  classes: number,
  bins = 15,
): CalibrationBin[] {
  const rows = rowCount(yTrue, probabilities, classes);
  const answers = argmaxRows(probabilities, classes);
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (let i = 0; i < rows; i++) {
    const answer = answers[i] ?? 0;
    const confidence = probabilities[i * classes + answer] ?? 0;
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))];
    if (bin === undefined) continue;
    bin.count++;
    bin.confidence += confidence;
    if (answer === yTrue[i]) bin.right++;
  }
  return sums.map(({ count, confidence, right }, b) => ({
    low: b / bins,
    high: (b + 1) / bins,
    count,
    confidence: count === 0 ? null : confidence / count,
    accuracy: count === 0 ? null : right / count,
  }));
}

/** Expected calibration error (Guo et al. 2017): mean distance of confidence and accuracy over the bins' rows. */
export function expectedCalibrationError(
  yTrue: ArrayLike<number>,
  probabilities: Probabilities,
  classes: number,
  bins = 15,
): number {
  let total = 0;
  for (const { count, confidence, accuracy } of calibrationBins(yTrue, probabilities, classes, bins)) {
    if (confidence !== null && accuracy !== null) total += count * Math.abs(confidence - accuracy);
  }
  return total / yTrue.length;
}

/** Checks that there is one row of probabilities per label, at least one, and returns how many. */
export function rowCount(yTrue: ArrayLike<number>, probabilities: Probabilities, classes: number): number {
  if (yTrue.length === 0) throw new AppError('internal', 'There are no rows to score.');
  if (probabilities.length !== yTrue.length * classes) {
    throw new AppError(
      'internal',
      `${yTrue.length} rows of ${classes} classes came with ${probabilities.length} probabilities.`,
    );
  }
  return yTrue.length;
}
