/**
 * Softmax regression, the same objective as scikit-learn's `LogisticRegression(C, solver='lbfgs')`:
 *
 *   Σ weight · −ln p(label)  +  ½/C ‖W‖²  +  l1 ‖W‖₁        with free biases
 *
 * For two classes scikit-learn has one vector w = W₁ − W₀ and ½/C ‖w‖²; two rows ±w/2 under twice the penalty are
 * the same model, and that is what is fitted here. Inside, everything is divided by the sum of weights.
 */
import { AppError } from '../errors';
import { minimizeSteps, type MinimizeStep } from '../optimize/lbfgs';
import type { LinearClassifier } from './linear-classifier';
import type { Matrix } from './matrix';
import { secondMomentPreconditioner } from './precondition';
import { softmaxLoss } from './softmax-loss';

export { predictProba } from './linear-classifier';

/** A class without a training row has weights 0 and `UNSEEN_BIAS`: its probability is 0. */
export interface LogisticRegression extends LinearClassifier {
  iterations: number;
  /** False when stopped early or at `maxIterations`. */
  converged: boolean;
}

export interface LogisticRegressionOptions {
  /** Inverse strength of L2; Infinity for none. */
  c: number;
  /** Strength of L1 on the sum of losses; scikit-learn's `penalty='l1'` has 1/C here. Default 0. */
  l1?: number | undefined;
  /** [rows] */
  sampleWeights?: ArrayLike<number> | undefined;
  /** [classes]; multiplied into the rows' weights. */
  classWeights?: ArrayLike<number> | undefined;
  /** A model of the same shape to start from. */
  warmStart?: LogisticRegression | undefined;
  /** Default 1,000. */
  maxIterations?: number | undefined;
  /**
   * Largest coordinate of the mean objective's gradient at which the fit is done. Default 1e-5; for sparse rows 1e-4,
   * which is scikit-learn's, since their answers no longer change below it.
   */
  tolerance?: number | undefined;
  shouldStop?: (() => boolean) | undefined;
}

/** Low enough that no sum of real logits comes near it, finite so that it survives JSON and every device. */
export const UNSEEN_BIAS = -1e4;

/** Fits at once. */
export function fitLogisticRegression(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  options: LogisticRegressionOptions,
): LogisticRegression {
  const steps = fitSteps(x, labels, classes, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Fits step by step: yields before each iteration of L-BFGS and returns the model. `labels` are 0 … classes − 1, one
 * per row. Throws `non-finite` on features that are not numbers.
 */
export function* fitSteps(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  options: LogisticRegressionOptions,
): Generator<MinimizeStep, LogisticRegression, void> {
  if (x.rows === 0 || labels.length !== x.rows) {
    throw new AppError('internal', `${x.rows} rows came with ${labels.length} labels; at least one of each is needed.`);
  }
  const present = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  const position = new Map(present.map((label, index) => [label, index]));
  const targets = {
    labels: Int32Array.from(labels, (label) => position.get(label) ?? 0),
    weights: Float64Array.from(
      labels,
      (label, i) => (options.sampleWeights?.[i] ?? 1) * (options.classWeights?.[label] ?? 1),
    ),
    classes: present.length,
  };
  const weightSum = targets.weights.reduce((sum, weight) => sum + weight, 0);
  const ridge = (present.length === 2 ? 2 : 1) / (options.c * weightSum);
  const loss = softmaxLoss(x, targets);
  const weightCount = present.length * x.columns;
  const l1 = options.l1 ?? 0;

  const steps = minimizeSteps(
    (parameters, gradient) => {
      let value = loss.evaluate(parameters, gradient) / weightSum;
      for (let i = 0; i < weightCount; i++) {
        const weight = parameters[i] ?? 0;
        value += 0.5 * ridge * weight * weight;
        gradient[i] = (gradient[i] ?? 0) / weightSum + ridge * weight;
      }
      for (let i = weightCount; i < gradient.length; i++) gradient[i] = (gradient[i] ?? 0) / weightSum;
      return value;
    },
    startingPoint(),
    {
      maxIterations: options.maxIterations ?? 1000,
      // Sparse models have millions of weights: remembering ten moves costs more time than it saves.
      memory: x.kind === 'sparse' ? 4 : 10,
      gradientTolerance: options.tolerance ?? (x.kind === 'sparse' ? 1e-4 : 1e-5),
      shouldStop: options.shouldStop,
      ...(l1 > 0
        ? { l1: { weight: l1 / weightSum, count: weightCount } }
        : { precondition: secondMomentPreconditioner(x, present.length, ridge) }),
    },
  );
  for (;;) {
    const step = steps.next();
    if (!Number.isFinite(step.value.value))
      throw new AppError('non-finite', 'The features of a text are not finite numbers.');
    if (step.done !== true) {
      yield step.value;
      continue;
    }
    const { point, iteration, outcome } = step.value;
    return { ...asModel(point), iterations: iteration, converged: outcome === 'converged' || outcome === 'stalled' };
  }

  function startingPoint(): Float64Array {
    const start = new Float64Array(weightCount + present.length);
    const from = options.warmStart;
    if (from === undefined) return start;
    if (from.columns !== x.columns || from.classes !== classes)
      throw new AppError('internal', 'The warm start has another shape.');
    present.forEach((label, c) => {
      for (let j = 0; j < x.columns; j++) start[loss.indexOf(c, j)] = from.weights[label * x.columns + j] ?? 0;
      start[weightCount + c] = from.bias[label] ?? 0;
    });
    return start;
  }

  function asModel(point: Float64Array) {
    const weights = new Float64Array(classes * x.columns);
    const bias = new Float64Array(classes).fill(UNSEEN_BIAS);
    present.forEach((label, c) => {
      for (let j = 0; j < x.columns; j++) weights[label * x.columns + j] = point[loss.indexOf(c, j)] ?? 0;
      bias[label] = point[weightCount + c] ?? 0;
    });
    return { classes, columns: x.columns, weights, bias };
  }
}

/** Weights that give every class of the training rows the same say: rows / (classes present · rows of the class). */
export function balancedClassWeights(labels: ArrayLike<number>, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i] ?? 0] = (counts[labels[i] ?? 0] ?? 0) + 1;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 0 : labels.length / (present * count)));
}
