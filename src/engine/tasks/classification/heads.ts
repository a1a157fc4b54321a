/**
 * Softmax regression on the rows of a task, with the strength of its penalty set by hand or chosen on an inner part
 * of the same rows; and the head it becomes.
 */
import { chooseStrengthSteps, type StrengthQuestion } from '../../../core/baselines/choose-strength';
import {
  balancedClassWeights,
  fitSteps,
  predictProba,
  type LogisticRegression,
} from '../../../core/baselines/logistic-regression';
import { denseMatrix, type Matrix } from '../../../core/baselines/matrix';
import { AppError } from '../../../core/errors';
import type { Head } from '../../../core/run/trained-model';
import { deriveSeed } from '../../../core/random';
import { labelsOf } from './corpus';
import type { FitTask } from '../../fit/learner';
import type { TaskContext } from './method';
import { normaliseRows } from '../../fit/rows';

export interface Strength {
  /** Inverse L2 strength; 0 = choose. */
  c: number;
  /** L1 on the mean of the losses, 0 = off. */
  l1: number;
}

export interface Regression {
  model: LogisticRegression;
  /** The C that was chosen; null where it was given. */
  chosenC: number | null;
}

/**
 * Row i of `x` is row i of the task. Null when stopped, unless the task is to be finished. `refit` as in the choice.
 * Class weights are for every learner of a run, baselines too: they say which mistakes count, not how to learn.
 */
export async function fitRegression(
  { corpus, settings, pace }: TaskContext,
  x: Matrix,
  { rows, fold, keepWhenStopped }: FitTask,
  { c, l1 }: Strength,
  refit?: StrengthQuestion['refit'],
): Promise<Regression | null> {
  const classes = corpus.labels.length;
  const labels = labelsOf(corpus, rows);
  const groups = rows.map((row) => corpus.groups[row] ?? 0);
  const classWeights = settings.classWeight === 'balanced' ? balancedClassWeights(labels, classes) : undefined;
  const seed = deriveSeed(settings.seed, 'strength', fold);
  let chosenC: number | null = null;
  if (c === 0) {
    const choice = await pace.drive(
      chooseStrengthSteps({ x, labels, classes, groups, seed, refit, fit: { classWeights } }),
      keepWhenStopped,
    );
    if (!choice) return null;
    chosenC = choice.c;
  }
  const fit = { c: chosenC ?? c, l1: l1 * rows.length, classWeights };
  const model = await pace.drive(fitSteps(x, labels, classes, fit), keepWhenStopped);
  return model && { model, chosenC };
}

export interface FittedHead {
  head: Head;
  /** The C that was chosen; null where it was given. */
  chosenC: number | null;
}

/** A head for normalised vectors [rows of the task, hidden]. Null when stopped. */
export async function fitHead(
  context: TaskContext,
  vectors: Float32Array,
  task: FitTask,
  strength: Strength,
): Promise<FittedHead | null> {
  const x = denseMatrix(vectors, context.model.config.hiddenSize);
  const fit = await fitRegression(context, x, task, strength);
  if (!fit) return null;
  const { model, chosenC } = fit;
  const head = { weight: Float32Array.from(model.weights), bias: Float32Array.from(model.bias), normalised: true };
  return { head, chosenC };
}

/** Probabilities [rows, classes] from pooled vectors [rows, hidden] as the encoder gives them. Throws `non-finite`. */
export function answer(head: Head, pooled: Float32Array): Float32Array {
  const classes = head.bias.length;
  const columns = head.weight.length / classes;
  const read = head.dense ? throughTanh(head.dense, pooled) : pooled;
  const vectors = head.normalised ? normaliseRows(read.slice(), columns) : read;
  const model: LogisticRegression = {
    classes,
    columns,
    weights: Float64Array.from(head.weight),
    bias: Float64Array.from(head.bias),
    iterations: 0,
    converged: true,
  };
  return finite(predictProba(model, denseMatrix(vectors, columns)));
}

/** tanh(x · weightᵀ + bias), [rows, hidden] → the same. */
function throughTanh({ weight, bias }: NonNullable<Head['dense']>, x: Float32Array): Float32Array {
  const hidden = bias.length;
  const y = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += hidden) {
    for (let output = 0; output < hidden; output++) {
      let sum = bias[output] ?? 0;
      for (let i = 0; i < hidden; i++) sum += (x[start + i] ?? 0) * (weight[output * hidden + i] ?? 0);
      y[start + output] = Math.tanh(sum);
    }
  }
  return y;
}

/** The same probabilities; throws `non-finite` when one is not a number. */
export function finite(probabilities: Float32Array): Float32Array {
  if (probabilities.every(Number.isFinite)) return probabilities;
  throw new AppError('non-finite', 'An answer is not a finite number. The device or the model’s weights are damaged.');
}
