/** What the rows of a cross-entropy should be, and how much each counts: of classes, of rows, of a whole step. */
import { AppError } from '../../core/errors';

/** Weights of classes and rows, and what their sum is divided by. */
export interface TargetWeights {
  /** [classes] */
  classWeights?: Float32Array;
  /** [rows]; 0 leaves a row out. Times its class weight. */
  rowWeights?: Float32Array;
  /**
   * What the weighted sum is divided by: by default the sum of the rows' weights, so that the loss is a mean. When a
   * step has several micro-batches, give all of them the sum over the whole step.
   */
  normalizer?: number;
}

/** What rows should be, and how much each counts. */
export interface Targets {
  /** [rows] */
  labels: Int32Array;
  /** [rows] weight of the row over the normalizer */
  shares: Float32Array;
}

/** The targets of rows; throws `internal` for a label that is no class, which a shader would read past the end. */
export function weighTargets(
  labels: Int32Array,
  classes: number,
  { classWeights, rowWeights, normalizer }: TargetWeights,
): Targets {
  const wrong = labels.find((label) => label < 0 || label >= classes);
  if (wrong !== undefined) throw new AppError('internal', `Label ${wrong} is none of ${classes} classes.`);
  const weights = Float32Array.from(labels, (label, row) => (classWeights?.[label] ?? 1) * (rowWeights?.[row] ?? 1));
  const total = normalizer ?? weights.reduce((sum, weight) => sum + weight, 0);
  return { labels, shares: weights.map((weight) => weight / total) };
}
