/**
 * How far a score can be trusted. A share of rows has Wilson's interval; the mean over k folds has a t interval
 * with the variance of Nadeau & Bengio (2003, «Inference for the Generalization Error»): the training parts of
 * folds overlap, their scores are not independent, and the plain sd/√k would promise too much.
 */
import { AppError } from '../errors';
import { studentTQuantile } from './student-t';

/** Lower and upper end. */
export type Interval = [number, number];

/** The 0.975 quantile of the normal distribution. */
const Z_975 = 1.959963984540054;

/** 95 % interval of a share (Wilson 1927): stays within 0–1 and is honest for few rows and for 0 or all right. */
export function wilson95(successes: number, n: number): Interval {
  if (n === 0) throw new AppError('internal', 'There are no rows to score.');
  const share = successes / n;
  const z2 = Z_975 * Z_975;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z_975 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  // The ends are 0 and 1 exactly there; rounding would leave them a hair off.
  return [successes === 0 ? 0 : centre - half, successes === n ? 1 : centre + half];
}

/** Mean and sample standard deviation (divided by n − 1; 0 for one value). */
export function meanAndSd(values: ArrayLike<number>): { mean: number; sd: number } {
  const n = values.length;
  if (n === 0) throw new AppError('internal', 'There are no scores to average.');
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (values[i] ?? 0) / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((values[i] ?? 0) - mean) ** 2;
  return { mean, sd: n === 1 ? 0 : Math.sqrt(squares / (n - 1)) };
}

/**
 * Standard error of a mean over the finished folds of k planned ones: sd · √(1/finished + 1/(k − 1)). The last term is
 * test rows over training rows of a fold, which a stop does not change.
 */
export function foldStandardError(sd: number, finished: number, planned = finished): number {
  return sd * Math.sqrt(1 / finished + 1 / (planned - 1));
}

export interface FoldSummary {
  mean: number;
  sd: number;
  /** mean ± t(0.975, finished − 1) · corrected standard error; not cut at 0 or 1. Null for a single fold. */
  ci95: Interval | null;
}

/** Mean, spread and 95 % interval of one score over the finished folds of a cross-validation of `planned` folds. */
export function summariseFolds(scores: ArrayLike<number>, planned = scores.length): FoldSummary {
  const { mean, sd } = meanAndSd(scores);
  const folds = scores.length;
  if (folds < 2) return { mean, sd, ci95: null };
  const half = studentTQuantile(0.975, folds - 1) * foldStandardError(sd, folds, planned);
  return { mean, sd, ci95: [mean - half, mean + half] };
}
